package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.StorageException;
import hooklatch.domain.Json;
import hooklatch.domain.Unspoken;
import hooklatch.domain.User;
import hooklatch.service.SignIn;
import hooklatch.web.Answer;
import hooklatch.web.Answers;
import hooklatch.web.BrowserOrigin;
import hooklatch.web.RequestId;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /dashboard/login}: the form, and what it is answered. There is no session yet to which the form could belong, so it
 * carries the same secret as a cookie that was set with it (double submit): another site can neither read nor set that.
 * {@code /dashboard/login.json} tells who is signed in. Thread-safe.
 */
final class SignInServlet extends HttpServlet {
    static final String PATH = "/dashboard/login";
    static final String TWIN = PATH + ".json";

    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(SignInServlet.class);
    private static final Pattern SECRET = Pattern.compile("[0-9a-f]{64}");
    private static final int MAX_TARGET = 2000;

    private final transient Surroundings surroundings;
    private final transient SignIn signIn;
    private final transient BrowserOrigin origin;
    private final transient Cookies formCookie;
    private final transient CsrfToken csrf;

    SignInServlet(Surroundings surroundings, SignIn signIn, BrowserOrigin origin, SecureRandom random) {
        this.surroundings = surroundings;
        this.signIn = signIn;
        this.origin = origin;
        this.formCookie = Cookies.ofSignInForm(origin);
        this.csrf = new CsrfToken(random);
    }

    /** Where somebody is sent who must sign in first; afterwards he comes back to the page he asked for. */
    static String pathFor(HttpServletRequest request) {
        if (!request.getMethod().equals("GET")) {
            return PATH;
        }
        String wanted =
                request.getRequestURI().substring(request.getContextPath().length())
                        + (request.getQueryString() == null ? "" : "?" + request.getQueryString());
        return Link.to(PATH)
                .with(
                        "next",
                        localPath(wanted)
                                .filter(path -> !path.equals(Navigation.start()))
                                .orElse(null))
                .toString();
    }

    /**
     * Where somebody is sent whose form was not acted upon.
     *
     * @param page with the form, to which he comes back; null = it cannot be told in an address, and he comes to the start
     */
    static String pathAfterLostForm(@Nullable String page) {
        return Link.to(PATH)
                .with("next", page)
                .with("done", page == null ? "nothing-kept" : "nothing")
                .toString();
    }

    /**
     * The path if it is one of a page of ours. A browser takes {@code //host} and {@code /\host} for another site and drops
     * line breaks, so only what cannot be misread is followed.
     */
    static Optional<String> localPath(@Nullable String path) {
        boolean local = path != null
                && path.length() <= MAX_TARGET
                && path.startsWith("/dashboard/")
                && !path.contains("//")
                && !path.contains("..")
                && path.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '\\')
                && !path.startsWith(PATH)
                && !path.startsWith(SignOutServlet.PATH);
        return local ? Optional.of(Objects.requireNonNull(path)) : Optional.empty();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        request.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        if (request.getServletPath().equals(TWIN)) {
            answerJson(request, response).writeTo(response);
            return;
        }
        Renderer renderer = surroundings.renderer();
        try {
            switch (request.getMethod()) {
                case "GET", "HEAD" -> showForm(request, response);
                case "POST" -> signIn(request, response);
                default ->
                    Answers.error(405, "Method not allowed")
                            .withAllow("GET, HEAD, POST")
                            .writeTo(response);
            }
        } catch (StorageException e) {
            log.warn("nobody can sign in without MySQL: {}", e.getMessage());
            renderer.showFailed(request, response, null, formAgain(request));
        } catch (RuntimeException | ServletException e) {
            renderer.showBroken(request, response, null, e);
        }
    }

    /** Who is signed in; while nobody is, what a script needs to sign in by {@link #PATH}. */
    private Answer answerJson(HttpServletRequest request, HttpServletResponse response) {
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            return Answers.error(405, "Method not allowed").withAllow("GET, HEAD");
        }
        try {
            if (!surroundings.storageIsThere().getAsBoolean()) {
                return Answers.error(503, "Storage unavailable").withRetryAfter(5);
            }
            Visitor visitor = surroundings.gate().signedIn(request).orElse(null);
            ObjectNode twin = Json.object()
                    .put("signed_in", visitor != null)
                    .put("username", visitor == null ? null : visitor.name())
                    .put("role", visitor == null ? null : visitor.role().column())
                    .put(Gate.CSRF_FIELD, visitor == null ? csrf.of(formSecret(request, response)) : null)
                    .put("next", target(request));
            return Answer.of(200, Json.write(twin));
        } catch (StorageException e) {
            log.warn("nobody can be told who is signed in without MySQL: {}", e.getMessage());
            return Answers.error(503, "Storage unavailable").withRetryAfter(5);
        } catch (RuntimeException e) {
            String reference = RequestId.next();
            log.error("a page failed unexpectedly, answered with reference {}", reference, new Unspoken(e));
            return Answers.internalError(reference);
        }
    }

    /** Who has signed in without being told so is sent on from there. */
    private static String formAgain(HttpServletRequest request) {
        String page = Link.to(PATH)
                .with("next", localPath(request.getParameter("next")).orElse(null))
                .toString();
        return request.getContextPath() + page;
    }

    private String target(HttpServletRequest request) {
        return localPath(request.getParameter("next")).orElseGet(Navigation::start);
    }

    private void showForm(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        boolean storage = surroundings.storageIsThere().getAsBoolean();
        if (storage && surroundings.gate().session(request).isPresent()) {
            PageServlet.redirect(request, response, target(request));
            return;
        }
        String done = Objects.requireNonNullElse(request.getParameter("done"), "");
        String notice = switch (done) {
            case "signed-out" -> "You are signed out.";
            case "nothing" ->
                "Your sign-in had ended, so what you just sent was not done. Sign in, and you come back to the form.";
            case "nothing-kept" ->
                "Your sign-in had ended, so what you just sent was not done, and could not be kept. Sign in, find its"
                        + " page again, and do it once more if you still want to.";
            default -> null;
        };
        form(request, response, 200, null, notice);
    }

    private void signIn(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        String secret = formCookie
                .read(request)
                .filter(value -> SECRET.matcher(value).matches())
                .orElse(null);
        if (secret == null
                || !CsrfToken.matches(request.getParameter(Gate.CSRF_FIELD), secret)
                || origin.isFromElsewhere(request)) {
            form(
                    request,
                    response,
                    403,
                    "This form was not made for this browser, or its cookies are off. Try again.",
                    null);
            return;
        }
        if (!surroundings.storageIsThere().getAsBoolean()) {
            surroundings.renderer().showFailed(request, response, null, formAgain(request));
            return;
        }
        SignIn.Outcome outcome = signIn.in(
                Objects.requireNonNullElse(request.getParameter("username"), ""),
                Objects.requireNonNullElse(request.getParameter("password"), ""),
                origin.address(request),
                surroundings.gate().session(request).orElse(null));
        if (outcome instanceof SignIn.SignedIn in) {
            surroundings.gate().open(request, response, in.token());
            surroundings.gate().dropOthersDraft(request, response, username(request));
            formCookie.delete(request, response);
            PageServlet.redirect(request, response, target(request));
        } else if (outcome instanceof SignIn.TooEarly early) {
            long seconds =
                    Math.max(1, early.pause().plus(Duration.ofMillis(999)).toSeconds());
            response.setHeader("Retry-After", Long.toString(seconds));
            form(request, response, 429, "Too many attempts. Try again in " + seconds + " s.", null);
        } else {
            form(request, response, 401, "User name or password is wrong.", null);
        }
    }

    private static String username(HttpServletRequest request) {
        return Optional.ofNullable(request.getParameter("username"))
                .flatMap(User::normalName)
                .orElse("");
    }

    private void form(
            HttpServletRequest request,
            HttpServletResponse response,
            int status,
            @Nullable String problem,
            @Nullable String notice)
            throws ServletException, IOException {
        String secret = formSecret(request, response);
        Map<String, Object> attributes = Map.of(
                "username", Objects.requireNonNullElse(request.getParameter("username"), ""),
                "next", localPath(request.getParameter("next")).orElse(""),
                "problem", Objects.requireNonNullElse(problem, ""));
        View view = new View(status, "login", attributes, null).withNotice(notice);
        surroundings.renderer().show(request, response, null, csrf.of(secret), view);
    }

    /** The one that the browser has, so that forms in other tabs stay good; a new one when it has none. */
    private String formSecret(HttpServletRequest request, HttpServletResponse response) {
        String secret = formCookie
                .read(request)
                .filter(value -> SECRET.matcher(value).matches())
                .orElseGet(csrf::newSecret);
        formCookie.write(request, response, secret);
        return secret;
    }
}

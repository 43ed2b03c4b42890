package hooklatch.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.dao.StorageException;
import hooklatch.domain.Json;
import hooklatch.domain.Role;
import hooklatch.domain.Unspoken;
import hooklatch.web.Answer;
import hooklatch.web.Answers;
import hooklatch.web.RequestId;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all pages have in common, in the order in which it is asked: the method, who the visitor is, what his role may, where
 * a form came from; then the page itself, and its failures. HTML and the {@code .json} twin go the same way, so that neither
 * can be let in where the other is not. Thread-safe, as its pages must be.
 */
public abstract class PageServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(PageServlet.class);
    /** For a view that is waited for without a thread. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    private static final int RETRY_AFTER = 5;
    private static final int SEE_OTHER = 303;
    private static final int PERMANENT_REDIRECT = 308;

    private final transient Surroundings surroundings;
    private final Role readers;

    /** @param readers who may see the page */
    protected PageServlet(Surroundings surroundings, Role readers) {
        this.surroundings = surroundings;
        this.readers = readers;
    }

    /**
     * The page.
     *
     * @throws UnusableParameterException when a parameter makes no sense; its message is shown
     * @throws StorageException when MySQL cannot be asked
     */
    protected abstract View get(PageRequest request);

    /**
     * Does what a form asks for, writes it down in the audit log, and says where to go. Only called for {@link #actors}.
     *
     * @throws UnusableParameterException when a field makes no sense; its message is shown
     * @throws StorageException when MySQL cannot be asked
     */
    protected Reply post(PageRequest request) {
        throw new IllegalStateException("this page has no form");
    }

    /** Who may send its forms; null = it has none. */
    protected @Nullable Role actors() {
        return null;
    }

    /**
     * Fields of its forms by which the page is found again by GET: who signs in anew after sending one comes back there. What
     * is typed is not among them.
     */
    protected List<String> placeFields() {
        return List.of();
    }

    /**
     * Where it can be seen whether one of its forms was acted upon, for whoever was not told.
     *
     * @param form where the form itself stands, which is mostly the place
     */
    protected Trace trace(PageRequest request, String form) {
        return new Trace(form, "Look whether it was done");
    }

    /**
     * What its {@code .json} twin answers in place of {@link #get}, when that takes longer than a thread should wait; empty =
     * nothing does. It is waited for {@link #LONGEST_WAIT}, and answered 503 then; the view is made on a thread of the request.
     *
     * @throws UnusableParameterException when a parameter makes no sense; its message is shown
     */
    protected Optional<CompletableFuture<Supplier<View>>> later(PageRequest request) {
        return Optional.empty();
    }

    /** Parameters that may be there several times; any other that is gets the request refused, as one would count only. */
    protected Set<String> repeatable() {
        return Set.of();
    }

    /** Whether the bearer token reads its {@code .json} twin. */
    protected boolean isReadWithToken() {
        return true;
    }

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        request.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        boolean json = request.getServletPath().endsWith(".json")
                || (request.getPathInfo() != null && isJson(request.getPathInfo()));
        boolean isPost = request.getMethod().equals("POST");
        Optional<String> withoutSlash = isPost ? Optional.empty() : withoutSlash(request);
        if (withoutSlash.isPresent()) {
            response.setStatus(PERMANENT_REDIRECT);
            response.setHeader("Location", withoutSlash.get());
            return;
        }
        Role actors = actors();
        if (isPost
                ? json || actors == null
                : !request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            Answers.error(405, "Method not allowed")
                    .withAllow(actors == null || json ? "GET, HEAD" : "GET, HEAD, POST")
                    .writeTo(response);
        } else if (json) {
            Optional<PendingView> pending = PendingView.of(request);
            Optional<Answer> answer =
                    orFailure(() -> pending.isPresent() ? Optional.of(whenItCame(pending.get())) : answerJson(request));
            if (answer.isPresent()) {
                answer.get().writeTo(response);
            }
        } else {
            answerPage(request, response, isPost && actors != null ? actors : null);
        }
    }

    /** Whether a path below the page's own asks for JSON. */
    protected boolean isJson(String pathInfo) {
        return pathInfo.endsWith(".json");
    }

    /** Empty when it takes a while: then the request comes here again. */
    private Optional<Answer> answerJson(HttpServletRequest request) {
        requireStorage();
        Optional<Visitor> visitor = surroundings
                .gate()
                .signedIn(request)
                .or(() -> isReadWithToken() ? surroundings.gate().withToken(request) : Optional.empty());
        if (visitor.isEmpty()) {
            return Optional.of(Answers.error(401, "Sign in, or send the bearer token where it is enough"));
        }
        if (!visitor.get().may(readers)) {
            return Optional.of(Answers.error(403, "This needs the role " + readers.column()));
        }
        PageRequest page = new PageRequest(
                request, visitor.get(), true, surroundings.gate().isFromElsewhere(request));
        requireOnce(page);
        Optional<CompletableFuture<Supplier<View>>> later = later(page);
        if (later.isEmpty()) {
            return Optional.of(asJson(get(page)));
        }
        PendingView.await(request, later.get(), LONGEST_WAIT);
        return Optional.empty();
    }

    private static Answer whenItCame(PendingView pending) {
        return pending.now()
                .map(PageServlet::asJson)
                .orElseGet(() -> Answers.error(503, "Not done yet, and still under way; ask again in a while")
                        .withRetryAfter(RETRY_AFTER));
    }

    private static Answer asJson(View view) {
        Supplier<JsonNode> twin = view.json();
        if (twin != null) {
            return Answer.of(view.status(), Json.write(twin.get()));
        }
        Object message = view.attributes().get("message");
        return view.status() < 400
                ? Answers.error(404, "Not found")
                : Answers.error(view.status(), message == null ? "Error " + view.status() : message.toString());
    }

    private static Optional<Answer> orFailure(Supplier<Optional<Answer>> answer) {
        try {
            return answer.get();
        } catch (StorageException e) {
            log.warn("no page without MySQL: {}", e.getMessage());
            return Optional.of(Answers.error(503, "Storage unavailable").withRetryAfter(RETRY_AFTER));
        } catch (StorageIsAway e) {
            return Optional.of(Answers.error(503, "Storage unavailable").withRetryAfter(RETRY_AFTER));
        } catch (UnusableParameterException e) {
            return Optional.of(Answers.error(400, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            String reference = RequestId.next();
            log.error("a page failed unexpectedly, answered with reference {}", reference, new Unspoken(e));
            return Optional.of(Answers.internalError(reference));
        }
    }

    /** @param actors null = only looks */
    private void answerPage(HttpServletRequest request, HttpServletResponse response, @Nullable Role actors)
            throws ServletException, IOException {
        Renderer renderer = surroundings.renderer();
        Visitor visitor = null;
        PageRequest begun = null;
        try {
            requireStorage();
            visitor = surroundings.gate().signedIn(request).orElse(null);
            if (visitor == null) {
                String signIn = actors == null ? SignInServlet.pathFor(request) : keepForm(request, response);
                redirect(request, response, signIn);
                return;
            }
            Role needed = actors == null ? readers : actors;
            if (!visitor.may(needed)) {
                renderer.showForbidden(request, response, visitor, needed);
                return;
            }
            if (actors != null && !surroundings.gate().isOwnForm(request, visitor)) {
                renderer.showForeignForm(request, response, visitor);
                return;
            }
            PageRequest page =
                    new PageRequest(request, visitor, false, surroundings.gate().isFromElsewhere(request));
            requireOnce(page);
            begun = actors == null ? null : page;
            Reply reply = actors == null ? get(page) : post(page);
            if (reply instanceof Redirect to) {
                if (to.signsOut()) {
                    surroundings.gate().close(request, response);
                } else if (to.newSession() != null) {
                    surroundings.gate().open(request, response, to.newSession());
                }
                if (to.notice() != null) {
                    surroundings.gate().tell(request, response, new Notice(to.path(), visitor.name(), to.notice()));
                }
                redirect(request, response, to.path());
            } else if (reply instanceof View view) {
                renderer.show(
                        request,
                        response,
                        visitor,
                        actors == null ? withWhatWasKept(request, response, visitor, view) : view);
            }
        } catch (StorageException e) {
            log.warn("no page without MySQL: {}", e.getMessage());
            showFailed(request, response, visitor, begun);
        } catch (StorageIsAway e) {
            showFailed(request, response, visitor, begun);
        } catch (UnusableParameterException e) {
            renderer.show(request, response, visitor, View.badRequest(String.valueOf(e.getMessage())));
        } catch (RuntimeException | ServletException e) {
            renderer.showBroken(request, response, visitor, e);
        }
    }

    /** @param begun the form that was being acted upon; null = none was */
    private void showFailed(
            HttpServletRequest request,
            HttpServletResponse response,
            @Nullable Visitor visitor,
            @Nullable PageRequest begun)
            throws ServletException, IOException {
        if (!request.getMethod().equals("POST")) {
            surroundings.renderer().showFailed(request, response, visitor);
            return;
        }
        String form = pageOfForm(request);
        boolean own = !surroundings.gate().isFromElsewhere(request);
        if (own) {
            surroundings
                    .gate()
                    .keep(request, response, begun == null ? Draft.Cause.NOT_DONE : Draft.Cause.NOT_KNOWN, form);
        }
        String reason = own ? request.getParameter("reason") : null;
        surroundings
                .renderer()
                .showUnsure(
                        request,
                        response,
                        visitor,
                        begun == null ? null : trace(begun, form),
                        form,
                        reason == null ? "" : reason.strip());
    }

    /** Every page has one address: with a slash at its end it is another one, which nobody need know. */
    private static Optional<String> withoutSlash(HttpServletRequest request) {
        String path = localPath(request);
        if (!path.startsWith("/dashboard/") || !path.endsWith("/")) {
            return Optional.empty();
        }
        String query = request.getQueryString();
        return Optional.of(
                request.getContextPath() + path.replaceFirst("/+$", "") + (query == null ? "" : "?" + query));
    }

    private static String localPath(HttpServletRequest request) {
        return request.getRequestURI().substring(request.getContextPath().length());
    }

    /** Where to sign in after a form was sent without: nothing was done, and what can be kept of the form is. */
    private String keepForm(HttpServletRequest request, HttpServletResponse response) {
        boolean signsOut = localPath(request).equals(SignOutServlet.PATH);
        if (signsOut || surroundings.gate().isFromElsewhere(request)) {
            return SignInServlet.PATH;
        }
        Optional<String> path = SignInServlet.localPath(pageOfForm(request));
        path.ifPresent(kept -> surroundings.gate().keep(request, response, Draft.Cause.SIGNED_OUT, kept));
        return SignInServlet.pathAfterLostForm(path.orElse(null));
    }

    /** Where the form that was sent is found by GET, below the context path. */
    private String pageOfForm(HttpServletRequest request) {
        Link page = Link.to(localPath(request));
        for (String field : placeFields()) {
            String[] values = request.getParameterValues(field);
            for (String value : values == null ? new String[0] : values) {
                page = page.with(field, value);
            }
        }
        return page.toString();
    }

    private View withWhatWasKept(HttpServletRequest request, HttpServletResponse response, Visitor visitor, View view) {
        String query = request.getQueryString();
        String page = localPath(request) + (query == null ? "" : "?" + query);
        Gate gate = surroundings.gate();
        View told = gate.takeNotice(request, response, visitor.name(), page)
                .map(view::withNotice)
                .orElse(view);
        return gate.takeDraft(request, response, visitor.name(), page)
                .map(draft -> told.with("draft", draft.typed()).withWarning(draft.told()))
                .orElse(told);
    }

    private void requireOnce(PageRequest page) {
        page.repeated().stream()
                .filter(name -> !repeatable().contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new UnusableParameterException(
                            "\"" + name + "\" is given more than once, and only one can be asked for.");
                });
    }

    private void requireStorage() {
        if (!surroundings.storageIsThere().getAsBoolean()) {
            throw new StorageIsAway();
        }
    }

    /** By a path, which is right whatever proxies are in between; containers would make an address of it. */
    static void redirect(HttpServletRequest request, HttpServletResponse response, String path) {
        response.setStatus(SEE_OTHER);
        response.setHeader("Location", request.getContextPath() + path);
    }

    private static final class StorageIsAway extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StorageIsAway() {
            super("the schema is not there yet", null, false, false);
        }
    }
}

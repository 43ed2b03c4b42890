package hooklatch.web.dashboard;

import hooklatch.domain.Role;
import hooklatch.web.Answers;
import hooklatch.web.RequestId;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns views into HTML, in the layout, by their JSPs. Thread-safe. */
final class Renderer {
    private static final Logger log = LoggerFactory.getLogger(Renderer.class);

    private final Gate gate;
    private final Banner banner;
    private final Function<String, String> staticLink;

    Renderer(Gate gate, Banner banner, Function<String, String> staticLink) {
        this.gate = gate;
        this.banner = banner;
        this.staticLink = staticLink;
    }

    /**
     * Shows a view to a visitor.
     *
     * @param visitor null = nobody is signed in
     */
    void show(HttpServletRequest request, HttpServletResponse response, @Nullable Visitor visitor, View view)
            throws ServletException, IOException {
        show(request, response, visitor, visitor == null ? "" : gate.formToken(visitor), view);
    }

    /** Shows a view whose forms carry the given token. */
    void show(
            HttpServletRequest request,
            HttpServletResponse response,
            @Nullable Visitor visitor,
            String formToken,
            View view)
            throws ServletException, IOException {
        response.setStatus(view.status());
        if (view.retryAfter() > 0) {
            response.setHeader("Retry-After", Long.toString(view.retryAfter()));
        }
        response.setContentType("text/html;charset=UTF-8");
        view.attributes().forEach(request::setAttribute);
        request.setAttribute("frame", frame(request, visitor, formToken));
        request.getRequestDispatcher("/WEB-INF/jsp/" + view.jsp() + ".jsp").forward(request, response);
    }

    private Frame frame(HttpServletRequest request, @Nullable Visitor visitor, String formToken) {
        String root = request.getContextPath();
        String path = request.getRequestURI().substring(root.length());
        return new Frame(
                root,
                root + staticLink.apply("app.css"),
                root + staticLink.apply("app.js"),
                root + staticLink.apply("icon.svg"),
                visitor == null ? List.of() : Navigation.links(root, path, visitor.role()),
                visitor == null ? null : visitor.name(),
                visitor == null ? null : visitor.role().column(),
                formToken,
                banner.now().orElse(null));
    }

    /** MySQL could not be asked: says so, and how to ask again. */
    void showFailed(HttpServletRequest request, HttpServletResponse response, @Nullable Visitor visitor)
            throws ServletException, IOException {
        String query = request.getQueryString();
        showFailed(request, response, visitor, request.getRequestURI() + (query == null ? "" : "?" + query));
    }

    /** @param again the way to ask again, context path included */
    void showFailed(HttpServletRequest request, HttpServletResponse response, @Nullable Visitor visitor, String again)
            throws ServletException, IOException {
        show(request, response, visitor, new View(503, "failed", Map.of("again", again), null, RETRY_AFTER));
    }

    /**
     * MySQL failed when a form came: says whether it was done or not known, and where to look.
     *
     * @param trace where it can be seen whether it was done; null = it was not
     * @param form where the form stands, below the context path
     * @param reason what was typed into it as such; empty = nothing
     */
    void showUnsure(
            HttpServletRequest request,
            HttpServletResponse response,
            @Nullable Visitor visitor,
            @Nullable Trace trace,
            String form,
            String reason)
            throws ServletException, IOException {
        String root = request.getContextPath();
        Map<String, Object> attributes = Map.of(
                "title",
                trace == null ? "Nothing was done" : "Whether it was done is not known",
                "known",
                trace == null,
                "trace",
                trace == null ? "" : root + trace.path(),
                "label",
                trace == null ? "" : trace.label(),
                "form",
                root + form,
                "reason",
                reason);
        show(request, response, visitor, new View(503, "unsure", attributes, null, RETRY_AFTER));
    }

    void showForbidden(HttpServletRequest request, HttpServletResponse response, Visitor visitor, Role needed)
            throws ServletException, IOException {
        String message = "This needs the role " + needed.column() + ", and you are signed in as "
                + visitor.role().column() + ". An admin can change that.";
        show(
                request,
                response,
                visitor,
                new View(403, "forbidden", Map.of("title", "Your role is not enough", "message", message), null));
    }

    /** The form did not carry the token of this session: another site sent it, or it is older than the sign-in. */
    void showForeignForm(HttpServletRequest request, HttpServletResponse response, Visitor visitor)
            throws ServletException, IOException {
        String message = "Nothing was done: the form did not come from a page of this sign-in."
                + " Load the page again and repeat what you did.";
        show(
                request,
                response,
                visitor,
                new View(
                        403, "forbidden", Map.of("title", "The form is of another sign-in", "message", message), null));
    }

    /** Whatever nobody thought of. */
    void showBroken(
            HttpServletRequest request, HttpServletResponse response, @Nullable Visitor visitor, Exception cause)
            throws ServletException, IOException {
        String reference = RequestId.next();
        log.error("a page failed unexpectedly, answered with reference {}", reference, cause);
        if (response.isCommitted()) {
            return;
        }
        // Not reset(): the security headers must stay.
        response.resetBuffer();
        if (request.getAttribute(BROKEN) != null) {
            Answers.internalError(reference).writeTo(response);
            return;
        }
        request.setAttribute(BROKEN, true);
        show(request, response, visitor, new View(500, "broken", Map.of("reference", reference), null));
    }

    private static final String BROKEN = "page is broken";
    private static final int RETRY_AFTER = 5;
}

package hooklatch.web.dashboard;

import hooklatch.domain.Session;
import hooklatch.service.Sessions;
import hooklatch.web.BearerToken;
import hooklatch.web.BrowserOrigin;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;

/** Knows visitors by their cookie or token, and forms by theirs. Thread-safe. */
public final class Gate {
    /** Name of the hidden field. */
    static final String CSRF_FIELD = "csrf";

    /** Sent by pages that refresh themselves: nobody need be looking at them. */
    private static final String REFRESH_HEADER = "X-Hooklatch-Refresh";

    /** Long enough to find one's password. */
    private static final Duration DRAFTS_ARE_KEPT = Duration.ofMinutes(30);

    private final Sessions sessions;
    private final BearerToken bearer;
    private final BrowserOrigin origin;
    private final Cookies sessionCookie;
    private final Cookies draftCookie;
    private final CsrfToken csrf;

    public Gate(Sessions sessions, BearerToken bearer, BrowserOrigin origin, SecureRandom random) {
        this.sessions = sessions;
        this.bearer = bearer;
        this.origin = origin;
        this.sessionCookie = Cookies.ofSession(origin);
        this.draftCookie = Cookies.ofDraft(origin);
        this.csrf = new CsrfToken(random);
    }

    /**
     * Who is signed in with this browser.
     *
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Optional<Visitor> signedIn(HttpServletRequest request) {
        return session(request).map(session -> Visitor.signedIn(session, origin.address(request)));
    }

    /** Whether the request carries the token of {@code API_TOKEN}. */
    Optional<Visitor> withToken(HttpServletRequest request) {
        return bearer.isOn(request) ? Optional.of(Visitor.withToken(origin.address(request))) : Optional.empty();
    }

    Optional<Session> session(HttpServletRequest request) {
        boolean isUse = request.getHeader(REFRESH_HEADER) == null;
        return sessionCookie.read(request).flatMap(token -> sessions.find(token, isUse));
    }

    /** Hands the browser its new session. */
    void open(HttpServletRequest request, HttpServletResponse response, String token) {
        sessionCookie.write(request, response, token);
    }

    /** Takes the session from the browser. */
    void close(HttpServletRequest request, HttpServletResponse response) {
        sessionCookie.delete(request, response);
    }

    /** A token for the forms of one page; empty for whoever may send none. */
    String formToken(Visitor visitor) {
        Session session = visitor.session();
        return session == null ? "" : csrf.of(session.csrfSecret());
    }

    /**
     * Keeps a form that nobody was signed in for. What another site sent is none: it must not put words into anybody's mouth.
     *
     * @param page where the form stands
     * @return whether it was kept
     */
    boolean keep(HttpServletRequest request, HttpServletResponse response, String page) {
        String reason = request.getParameter("reason");
        Optional<String> draft = origin.isFromElsewhere(request)
                ? Optional.empty()
                : new Draft(page, reason == null ? "" : reason.strip()).encoded();
        draft.ifPresent(value -> draftCookie.write(request, response, value, DRAFTS_ARE_KEPT));
        return draft.isPresent();
    }

    /** Takes back what was kept for this page; nothing is left in the browser. */
    Optional<Draft> takeDraft(HttpServletRequest request, HttpServletResponse response, String page) {
        Optional<Draft> draft = draftCookie
                .read(request)
                .flatMap(Draft::of)
                .filter(kept -> kept.page().equals(page));
        draft.ifPresent(kept -> draftCookie.delete(request, response));
        return draft;
    }

    /** Whether the form was made for this visitor by a page of ours. */
    boolean isOwnForm(HttpServletRequest request, Visitor visitor) {
        Session session = visitor.session();
        return session != null
                && CsrfToken.matches(request.getParameter(CSRF_FIELD), session.csrfSecret())
                && !origin.isFromElsewhere(request);
    }
}

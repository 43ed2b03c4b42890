package hooklatch.web.dashboard;

import hooklatch.domain.Session;
import hooklatch.domain.User;
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

    /** Name of the hidden field that tells for whom a form was made: once its session has ended, nothing else does. */
    static final String USER_FIELD = "signed-in-as";

    /** Sent by pages that refresh themselves: nobody need be looking at them. */
    private static final String REFRESH_HEADER = "X-Hooklatch-Refresh";

    /** Long enough to find one's password. */
    private static final Duration DRAFTS_ARE_KEPT = Duration.ofMinutes(30);

    /** Longer than a redirect takes. */
    private static final Duration NOTICES_ARE_KEPT = Duration.ofMinutes(1);

    private final Sessions sessions;
    private final BearerToken bearer;
    private final BrowserOrigin origin;
    private final Cookies sessionCookie;
    private final Cookies draftCookie;
    private final Cookies noticeCookie;
    private final CsrfToken csrf;

    public Gate(Sessions sessions, BearerToken bearer, BrowserOrigin origin, SecureRandom random) {
        this.sessions = sessions;
        this.bearer = bearer;
        this.origin = origin;
        this.sessionCookie = Cookies.ofSession(origin);
        this.draftCookie = Cookies.ofDraft(origin);
        this.noticeCookie = Cookies.ofNotice(origin);
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

    /** Takes from the browser the session and what was kept of a form. */
    void close(HttpServletRequest request, HttpServletResponse response) {
        sessionCookie.delete(request, response);
        if (draftCookie.read(request).isPresent()) {
            draftCookie.delete(request, response);
        }
    }

    /** A token for the forms of one page; empty for whoever may send none. */
    String formToken(Visitor visitor) {
        Session session = visitor.session();
        return session == null ? "" : csrf.of(session.csrfSecret());
    }

    /**
     * Keeps a form that was sent in vain until its user sees it again. One that does not tell its user is not kept.
     *
     * @param page where the form stands
     */
    void keep(HttpServletRequest request, HttpServletResponse response, Draft.Cause cause, String page) {
        String reason = request.getParameter("reason");
        Optional.ofNullable(request.getParameter(USER_FIELD))
                .flatMap(User::normalName)
                .map(user -> new Draft(cause, page, user, reason == null ? "" : reason.strip()))
                .ifPresent(draft -> draftCookie.write(request, response, draft.encoded(), DRAFTS_ARE_KEPT));
    }

    /** Whether another site sent the form: it must not put words into anybody's mouth. */
    boolean isFromElsewhere(HttpServletRequest request) {
        return origin.isFromElsewhere(request);
    }

    /** Takes back what was kept for this user and page; of that, and of what was kept for others, nothing is left. */
    Optional<Draft> takeDraft(HttpServletRequest request, HttpServletResponse response, String username, String page) {
        Optional<Draft> own = dropOthersDraft(request, response, username)
                .filter(kept -> kept.page().equals(page));
        own.ifPresent(kept -> draftCookie.delete(request, response));
        return own;
    }

    /**
     * Drops what was kept of a form of somebody else.
     *
     * @return what was kept of one's own
     */
    Optional<Draft> dropOthersDraft(HttpServletRequest request, HttpServletResponse response, String username) {
        Optional<Draft> draft = draftCookie.read(request).flatMap(Draft::of);
        Optional<Draft> own = draft.filter(kept -> kept.username().equals(username));
        if (draft.isPresent() && own.isEmpty()) {
            draftCookie.delete(request, response);
        }
        return own;
    }

    /** Has the page that the browser is sent to say what was done. */
    void tell(HttpServletRequest request, HttpServletResponse response, Notice notice) {
        noticeCookie.write(request, response, notice.encoded(), NOTICES_ARE_KEPT);
    }

    /** What this page is to say to this user, once; a page that refreshes itself says nothing. */
    Optional<String> takeNotice(
            HttpServletRequest request, HttpServletResponse response, String username, String page) {
        if (request.getHeader(REFRESH_HEADER) != null) {
            return Optional.empty();
        }
        Optional<Notice> own = noticeCookie
                .read(request)
                .flatMap(Notice::of)
                .filter(notice ->
                        notice.username().equals(username) && notice.page().equals(page));
        own.ifPresent(notice -> noticeCookie.delete(request, response));
        return own.map(Notice::sentence);
    }

    /** Whether the form was made for this visitor by a page of ours. */
    boolean isOwnForm(HttpServletRequest request, Visitor visitor) {
        Session session = visitor.session();
        return session != null
                && CsrfToken.matches(request.getParameter(CSRF_FIELD), session.csrfSecret())
                && !origin.isFromElsewhere(request);
    }
}

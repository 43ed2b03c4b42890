package hooklatch.web.dashboard;

import hooklatch.web.BrowserOrigin;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * The dashboard's cookies: the session's token; the secret of the sign-in form, which has no session yet; what was typed into a
 * form that was sent in vain; and what has just been done, for the page that says so. None is
 * shown to scripts or sent along by other sites' forms; all are {@code Secure} where the browser speaks TLS, and then bear
 * a prefix by which the browser itself refuses them from anybody else. Thread-safe.
 */
final class Cookies {
    private final BrowserOrigin origin;
    private final String name;

    private Cookies(BrowserOrigin origin, String name) {
        this.origin = origin;
        this.name = name;
    }

    static Cookies ofSession(BrowserOrigin origin) {
        return new Cookies(origin, "hooklatch_session");
    }

    static Cookies ofSignInForm(BrowserOrigin origin) {
        return new Cookies(origin, "hooklatch_sign_in");
    }

    static Cookies ofDraft(BrowserOrigin origin) {
        return new Cookies(origin, "hooklatch_draft");
    }

    static Cookies ofNotice(BrowserOrigin origin) {
        return new Cookies(origin, "hooklatch_notice");
    }

    /** The value that the browser sent. */
    Optional<String> read(HttpServletRequest request) {
        String expected = nameFor(request);
        Cookie[] cookies = request.getCookies();
        if (cookies != null) {
            for (Cookie cookie : cookies) {
                if (cookie.getName().equals(expected)) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }

    /** Until the browser ends; the server may end the session sooner. */
    void write(HttpServletRequest request, HttpServletResponse response, String value) {
        response.addCookie(cookie(request, value));
    }

    /** For a time at most. */
    void write(HttpServletRequest request, HttpServletResponse response, String value, Duration longest) {
        Cookie cookie = cookie(request, value);
        cookie.setMaxAge((int) longest.toSeconds());
        response.addCookie(cookie);
    }

    void delete(HttpServletRequest request, HttpServletResponse response) {
        Cookie cookie = cookie(request, "");
        cookie.setMaxAge(0);
        response.addCookie(cookie);
    }

    private Cookie cookie(HttpServletRequest request, String value) {
        Cookie cookie = new Cookie(nameFor(request), value);
        cookie.setHttpOnly(true);
        cookie.setSecure(origin.isSecure(request));
        cookie.setPath(path(request));
        // Lax: a link that a colleague sent opens signed in; forms of other sites never carry it.
        cookie.setAttribute("SameSite", "Lax");
        return cookie;
    }

    /** {@code __Host-} demands the path /, which another application may share when we have a context path. */
    private String nameFor(HttpServletRequest request) {
        if (!origin.isSecure(request)) {
            return name;
        }
        return (path(request).equals("/") ? "__Host-" : "__Secure-") + name;
    }

    private static String path(HttpServletRequest request) {
        return request.getContextPath().isEmpty() ? "/" : request.getContextPath();
    }
}

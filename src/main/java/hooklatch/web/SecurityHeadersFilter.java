package hooklatch.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Tells browsers, on every answer, to load nothing from elsewhere, run nothing inline and show it in no frame. Wraps
 * neither request nor response. Thread-safe.
 */
public final class SecurityHeadersFilter extends HttpFilter {
    private static final long serialVersionUID = 1L;

    private final transient BrowserOrigin origin;

    /** Sends HSTS where {@code origin} says that the browser speaks TLS. */
    SecurityHeadersFilter(BrowserOrigin origin) {
        this.origin = origin;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (origin.isSecure(request)) {
            // A year, for this host only: what else runs below the domain is not ours to decide about.
            response.setHeader("Strict-Transport-Security", "max-age=31536000");
        }
        if (request.getServletPath().startsWith("/webhooks")) {
            forPrograms(response);
        } else {
            forBrowsers(response);
        }
        chain.doFilter(request, response);
    }

    /** What such an answer needs should a browser ever show it, and no more: each header costs every delivery. */
    private static void forPrograms(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    }

    private static void forBrowsers(HttpServletResponse response) {
        response.setHeader(
                "Content-Security-Policy",
                "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
        // Not no-referrer: with it browsers send forms of our own as if from nowhere (Origin: null).
        response.setHeader("Referrer-Policy", "same-origin");
        response.setHeader("X-Frame-Options", "DENY");
        response.setHeader(
                "Permissions-Policy",
                "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    }
}

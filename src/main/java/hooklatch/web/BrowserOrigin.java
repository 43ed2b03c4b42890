package hooklatch.web;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the browser reached us: by TLS or not, under which host name, and whether a form came from a page of ours. Headers
 * that a proxy adds count only when the peer is a trusted one. Thread-safe.
 */
public final class BrowserOrigin {
    private final SourceAddress addresses;

    public BrowserOrigin(SourceAddress addresses) {
        this.addresses = addresses;
    }

    /** Where the request came from, as text. */
    public String address(HttpServletRequest request) {
        return addresses.of(request);
    }

    /** Whether the browser speaks TLS, to us or to a trusted proxy. */
    public boolean isSecure(HttpServletRequest request) {
        String forwarded = trusted(request, "X-Forwarded-Proto");
        return forwarded == null ? request.isSecure() : forwarded.equalsIgnoreCase("https");
    }

    /**
     * Whether the browser says that another site sent this form. Browsers of the last years say so in
     * {@code Sec-Fetch-Site}, older ones in {@code Origin}; what is no browser says neither, and is left to the token.
     */
    public boolean isFromElsewhere(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return !site.equals("same-origin") && !site.equals("none");
        }
        String origin = request.getHeader("Origin");
        return origin != null && !authority(origin).equals(host(request));
    }

    private String host(HttpServletRequest request) {
        String forwarded = trusted(request, "X-Forwarded-Host");
        String host = forwarded == null ? request.getHeader("Host") : forwarded;
        return host == null ? "" : withoutDefaultPort(host);
    }

    private static String authority(String origin) {
        try {
            String authority = URI.create(origin).getRawAuthority();
            return authority == null ? "null" : withoutDefaultPort(authority);
        } catch (IllegalArgumentException e) {
            return "null";
        }
    }

    private static String withoutDefaultPort(String authority) {
        return authority.toLowerCase(Locale.ROOT).replaceFirst(":(80|443)$", "");
    }

    /** Of several proxies the first one knows what the browser did. */
    private @Nullable String trusted(HttpServletRequest request, String header) {
        String value = addresses.isFromTrustedProxy(request) ? request.getHeader(header) : null;
        return value == null ? null : value.split(",", 2)[0].trim();
    }
}

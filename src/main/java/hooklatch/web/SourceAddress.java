package hooklatch.web;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Finds the address that a request came from. {@code X-Forwarded-For} is a claim of whoever sent it: it counts only when
 * the peer is a trusted proxy, and then from the right, up to the first hop that is not trusted. Thread-safe.
 */
public final class SourceAddress {
    private final List<CidrBlock> trustedProxies;

    /**
     * Trusts these proxies.
     *
     * @param trustedProxies empty = the header is always ignored
     */
    public SourceAddress(List<CidrBlock> trustedProxies) {
        this.trustedProxies = List.copyOf(trustedProxies);
    }

    /** The address as text, for logs and the table of rejections. */
    public String of(HttpServletRequest request) {
        return of(request.getRemoteAddr(), Collections.list(request.getHeaders("X-Forwarded-For")));
    }

    String of(String peer, List<String> forwardedFor) {
        Optional<InetAddress> address = IpAddress.parse(peer);
        if (address.isEmpty() || !isTrusted(address.get())) {
            return peer;
        }
        String nearest = peer;
        String[] hops = String.join(",", forwardedFor).split(",", -1);
        for (int i = hops.length - 1; i >= 0; i--) {
            Optional<InetAddress> hop = IpAddress.parse(withoutPort(hops[i].trim()));
            if (hop.isEmpty()) {
                return nearest;
            }
            nearest = hop.get().getHostAddress();
            if (!isTrusted(hop.get())) {
                return nearest;
            }
        }
        return nearest;
    }

    /** Whether the peer is a trusted proxy, whose other {@code X-Forwarded} headers count too. */
    boolean isFromTrustedProxy(HttpServletRequest request) {
        return !trustedProxies.isEmpty()
                && IpAddress.parse(request.getRemoteAddr()).map(this::isTrusted).orElse(false);
    }

    private boolean isTrusted(InetAddress address) {
        return trustedProxies.stream().anyMatch(block -> block.contains(address));
    }

    /** Some proxies write {@code 192.0.2.1:4711} or {@code [2001:db8::1]:4711}. */
    private static String withoutPort(String hop) {
        if (hop.startsWith("[")) {
            int end = hop.indexOf(']');
            return end < 0 ? hop : hop.substring(1, end);
        }
        int colon = hop.indexOf(':');
        return colon > 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
    }
}

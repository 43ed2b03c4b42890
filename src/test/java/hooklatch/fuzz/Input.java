package hooklatch.fuzz;

import hooklatch.domain.Payload;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request, as bytes on a connection.
 *
 * @param number by which it is made again
 * @param kind what was tried, for the report
 * @param due what must come back
 * @param signed the event when it was signed as its provider does; then, and only then, it may be answered 2xx
 * @param ends whether the connection is of no more use afterwards, because the request lies about where it ends
 */
record Input(
        long number,
        String kind,
        Payload sent,
        Due due,
        @Nullable Signed signed,
        boolean ends) {
    /** What must come back. */
    enum Due {
        /** A delivery in good HTTP: an answer in JSON, in the contract's shape. */
        DELIVERY,
        /** Good HTTP to any other path that answers JSON. */
        JSON,
        /** Good HTTP to a page. */
        PAGE,
        /** HTTP that is broken or strange: whatever the container says, but nothing that fails or tells. */
        ANYTHING,
        /** The sender leaves before the end: no answer is due. */
        NOTHING
    }

    /**
     * An event that was signed.
     *
     * @param id as the provider says it, or null when it says none
     */
    record Signed(String provider, @Nullable String id, Payload body) {}

    byte[] bytes() {
        return sent.bytes();
    }

    boolean isHead() {
        byte[] bytes = bytes();
        return bytes.length > 5 && new String(bytes, 0, 5, StandardCharsets.ISO_8859_1).equals("HEAD ");
    }

    /** What is sent, in printable characters, and not too much of it. */
    String shown() {
        byte[] bytes = bytes();
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < Math.min(bytes.length, 6_000); i++) {
            int b = bytes[i] & 0xFF;
            if (b == '\n') {
                shown.append("\\n\n");
            } else if (b >= 0x20 && b < 0x7F && b != '\\') {
                shown.append((char) b);
            } else {
                shown.append(String.format("\\x%02x", b));
            }
        }
        return shown + (bytes.length > 6_000 ? "… (" + bytes.length + " bytes)" : "");
    }
}

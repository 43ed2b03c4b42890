package hooklatch.chaos;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Cuts one direction of the MySQL protocol into packets and keeps the beginning of each. For one thread. */
final class PacketHeads {

    /** Where the sequence number is: after three bytes of length. */
    static final int SEQUENCE = 3;

    /** Where the content begins. */
    static final int PAYLOAD = 4;

    private static final int KEPT_BYTES = PAYLOAD + 64;

    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private int toSkip;

    /**
     * Goes on reading.
     *
     * @return the packets whose beginning has become known, with at most 64 bytes of content each
     */
    List<byte[]> in(byte[] bytes, int length) {
        List<byte[]> heads = new ArrayList<>();
        int at = 0;
        while (at < length) {
            int skipped = Math.min(toSkip, length - at);
            toSkip -= skipped;
            at += skipped;
            if (toSkip > 0 || at == length) {
                break;
            }
            head.write(bytes[at++]);
            if (head.size() >= PAYLOAD) {
                byte[] begun = head.toByteArray();
                int content = (begun[0] & 0xFF) | (begun[1] & 0xFF) << 8 | (begun[2] & 0xFF) << 16;
                int wanted = Math.min(PAYLOAD + content, KEPT_BYTES);
                if (begun.length == wanted) {
                    heads.add(begun);
                    toSkip = PAYLOAD + content - wanted;
                    head.reset();
                }
            }
        }
        return heads;
    }
}

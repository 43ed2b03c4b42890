package hooklatch.web;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Names requests so that an answer finds its log lines. Not a secret. */
public final class RequestId {
    private RequestId() {}

    /** A new name. */
    public static String next() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}

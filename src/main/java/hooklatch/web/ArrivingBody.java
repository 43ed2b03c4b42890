package hooklatch.web;

import hooklatch.domain.Payload;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * A request body of bounded size on its way in. It never blocks: it takes what is there and says what is missing. Used by
 * one thread at a time, which the container guarantees for one request.
 */
final class ArrivingBody {
    enum Progress {
        /** All of it is here. */
        COMPLETE,
        /** More must come. */
        ARRIVING,
        /** More bytes than allowed were declared or came. */
        TOO_LARGE,
        /** The memory for arriving bodies is used up by others. */
        NO_ROOM
    }

    private static final int FIRST_BYTES = 4 * 1024;

    private final long declared;
    private final int maxBytes;
    private final BodyBudget budget;
    private byte[] bytes;
    private int count;
    private int charged;
    private boolean ended;

    /**
     * Nothing has been read yet.
     *
     * @param declared the value of {@code Content-Length}, or -1 when there is none
     */
    ArrivingBody(long declared, int maxBytes, BodyBudget budget) {
        this.declared = declared;
        this.maxBytes = maxBytes;
        this.budget = budget;
        this.bytes = new byte[(int) Math.max(0, Math.min(declared < 0 ? FIRST_BYTES : declared, FIRST_BYTES))];
    }

    /**
     * Takes what the container has already received, before the request is switched to non-blocking reads.
     *
     * <p>Only a body of declared length can be finished this way. With a chunked one the containers count the bytes of
     * half a chunk header as available, and the read that follows would block.
     */
    Progress takeReceived(ServletInputStream input) throws IOException {
        if (declared > maxBytes) {
            return Progress.TOO_LARGE;
        }
        while (declared > count && input.available() > 0) {
            makeRoom();
            int read = input.read(bytes, count, (int) Math.min(bytes.length, declared) - count);
            if (read < 0) {
                throw new IOException("the body ended after " + count + " of " + declared + " bytes");
            }
            count += read;
        }
        ended = declared == count;
        return ended ? Progress.COMPLETE : Progress.ARRIVING;
    }

    /** Takes what has come since, in non-blocking mode. Never answers {@link Progress#COMPLETE}: see {@link #end}. */
    Progress takeReady(ServletInputStream input) throws IOException {
        while (input.isReady() && !input.isFinished()) {
            makeRoom();
            int read = input.read(bytes, count, bytes.length - count);
            if (read < 0) {
                break;
            }
            count += read;
            if (count > maxBytes) {
                return Progress.TOO_LARGE;
            }
            if (!charge()) {
                return Progress.NO_ROOM;
            }
        }
        return Progress.ARRIVING;
    }

    /** The container says that no more will come. */
    void end() {
        ended = true;
    }

    boolean isComplete() {
        return ended;
    }

    int length() {
        return count;
    }

    /** The bytes, once complete. */
    Payload payload() {
        if (!ended) {
            throw new IllegalStateException("the body is still arriving");
        }
        return new Payload(bytes.length == count ? bytes : Arrays.copyOf(bytes, count));
    }

    /** Charges what has been received so far to the budget; only bodies that are waited for are charged. */
    boolean charge() {
        if (count > charged && !budget.take(count - charged)) {
            return false;
        }
        charged = count;
        return true;
    }

    /** Returns what was charged. May be called again. */
    void giveBack() {
        budget.giveBack(charged);
        charged = 0;
    }

    /** At least one free byte, and never more than one byte beyond the limit in all. */
    private void makeRoom() {
        if (count == bytes.length) {
            long wanted = Math.max(FIRST_BYTES, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, maxBytes + 1L));
        }
    }
}

package hooklatch.web;

import hooklatch.domain.Deadline;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What is known of one request while it is answered. Used by one thread at a time; a late answer asks for times beside it. */
final class Reception {
    private final String requestId;
    private final String provider;
    private final Instant receivedAt;
    private final long startedNanos = System.nanoTime();
    private final ArrivingBody body;
    private @Nullable Deadline deadline;
    private @Nullable Refusal refusal;
    private volatile @Nullable Duration lockWait;
    private boolean bodyStaysUnread;

    /**
     * Begins now.
     *
     * @param provider the path segment as it was asked for
     */
    Reception(String requestId, String provider, Instant receivedAt, ArrivingBody body) {
        this.requestId = requestId;
        this.provider = provider;
        this.receivedAt = receivedAt;
        this.body = body;
    }

    String requestId() {
        return requestId;
    }

    String provider() {
        return provider;
    }

    Instant receivedAt() {
        return receivedAt;
    }

    ArrivingBody body() {
        return body;
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    /** The last byte of the body is here: from now on the clock of the answer runs. */
    void bodyIsHere(Duration timeToAnswer) {
        body.end();
        deadline = Deadline.in(timeToAnswer);
    }

    Deadline deadline() {
        if (deadline == null) {
            throw new IllegalStateException("the body is still arriving");
        }
        return deadline;
    }

    /** Why the body will not be waited for any longer, or null. */
    @Nullable
    Refusal refusal() {
        return refusal;
    }

    void refuse(Refusal why) {
        refusal = why;
    }

    /** The event's lock was waited for, once more or for the first time. */
    void waitedForLock(Duration time) {
        lockWait = lockWait == null ? time : lockWait.plus(time);
    }

    /** How long the event's lock was waited for, or null when it was not needed. */
    @Nullable
    Duration lockWait() {
        return lockWait;
    }

    /** Nobody will read what is still to come of the body. */
    void leaveBodyUnread() {
        bodyStaysUnread = true;
    }

    boolean leavesBodyUnread() {
        return bodyStaysUnread;
    }
}

package hooklatch.domain;

import java.time.Duration;

/** The moment by which a delivery must be answered; one goes down every call. Immutable, on the monotonic clock. */
public record Deadline(long atNanos) {
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** Time left, zero when there is none. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
    }

    /** The shorter of the given time and what is left. */
    public Duration atMost(Duration time) {
        Duration left = left();
        return left.compareTo(time) < 0 ? left : time;
    }

    /** The deadline that is the given time earlier: who waits until then leaves that much for the work. */
    public Deadline leaving(Duration time) {
        return new Deadline(atNanos - time.toNanos());
    }

    public boolean hasPassed() {
        return left().isZero();
    }
}

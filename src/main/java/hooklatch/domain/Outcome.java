package hooklatch.domain;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How one delivery of an event ended. Exactly one place maps it to HTTP. */
public sealed interface Outcome {
    /** The event's effect, or the decision that it has none, was committed by this delivery. */
    record Processed(EventRecord event) implements Outcome {}

    /** It had been committed before. */
    record Duplicate(EventRecord event) implements Outcome {}

    /** Another request works on it and nothing is committed yet. */
    record Busy(@Nullable EventKey firstSeenAs) implements Outcome {
        public Busy() {
            this(null);
        }
    }

    /** A handler refused it; it is kept and will be tried again. */
    record Failed(String error, @Nullable EventKey firstSeenAs) implements Outcome {
        public Failed(String error) {
            this(error, null);
        }
    }

    /** A handler refused it once more, often and long enough: kept, and answered so that the provider stops. */
    record DeadLettered(String error, @Nullable EventKey firstSeenAs) implements Outcome {
        public DeadLettered(String error) {
            this(error, null);
        }
    }

    /** MySQL could not be asked, or did not say whether the commit happened. */
    record StorageUnavailable() implements Outcome {}

    /** Total over the cases, as Java 17 has no pattern switch. */
    default <T extends @Nullable Object> T match(
            Function<Processed, T> processed,
            Function<Duplicate, T> duplicate,
            Function<Busy, T> busy,
            Function<Failed, T> failed,
            Function<DeadLettered, T> deadLettered,
            Function<StorageUnavailable, T> storageUnavailable) {
        if (this instanceof Processed p) {
            return processed.apply(p);
        } else if (this instanceof Duplicate d) {
            return duplicate.apply(d);
        } else if (this instanceof Busy b) {
            return busy.apply(b);
        } else if (this instanceof Failed f) {
            return failed.apply(f);
        } else if (this instanceof DeadLettered d) {
            return deadLettered.apply(d);
        } else {
            return storageUnavailable.apply((StorageUnavailable) this);
        }
    }

    /**
     * The event that it was about: the one delivered, or the one that its body was first seen as.
     *
     * @param delivered the key that the delivery came with
     */
    default EventKey about(EventKey delivered) {
        EventKey first = match(
                p -> p.event().key(),
                d -> d.event().key(),
                Busy::firstSeenAs,
                Failed::firstSeenAs,
                DeadLettered::firstSeenAs,
                s -> null);
        return first == null ? delivered : first;
    }

    /** The same for a delivery whose body was first seen as another event. */
    default Outcome firstSeenAs(EventKey first) {
        return match(
                p -> p,
                d -> d,
                b -> new Busy(first),
                f -> new Failed(f.error(), first),
                d -> new DeadLettered(d.error(), first),
                s -> s);
    }

    /** The word for it in logs, metrics and the delivery log. */
    default String label() {
        return match(
                p -> "processed",
                d -> "duplicate",
                b -> "busy",
                f -> "failed",
                d -> "dead_lettered",
                s -> "unavailable");
    }
}

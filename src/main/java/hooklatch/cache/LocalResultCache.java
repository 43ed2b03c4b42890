package hooklatch.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * {@link ResultCache} of this process in front of a shared one: some resends come within seconds, and often to the same node.
 * Bounded in number and age. Forgets everything when the database becomes another one.
 */
public final class LocalResultCache implements ResultCache {
    private static final Duration AGE_OF_SKIPPED = Duration.ofMinutes(1);

    private record Remembered(String database, EventRecord event) {}

    private final ResultCache shared;
    private final Supplier<Optional<String>> databaseId;
    private final Cache<EventKey, Remembered> events;

    public LocalResultCache(ResultCache shared, int capacity, Duration age, Supplier<Optional<String>> databaseId) {
        this.shared = shared;
        this.databaseId = databaseId;
        this.events = Caffeine.newBuilder()
                // Its upkeep is shorter than to wake a thread of a pool that all of the JVM shares.
                .executor(Runnable::run)
                .maximumSize(capacity)
                .expireAfter(Expiry.<EventKey, Remembered>writing((key, remembered) -> ageOf(remembered.event(), age)))
                .build();
    }

    /** A skipped event can be replayed on another node, of which this one hears nothing: it looks again sooner. */
    private static Duration ageOf(EventRecord event, Duration age) {
        return event.status() == EventStatus.SKIPPED && age.compareTo(AGE_OF_SKIPPED) > 0 ? AGE_OF_SKIPPED : age;
    }

    @Override
    public Optional<EventRecord> get(EventKey key) {
        Optional<String> database = databaseId.get();
        if (database.isEmpty()) {
            return Optional.empty();
        }
        Optional<EventRecord> here = here(key, database.get());
        if (here.isPresent()) {
            return here;
        }
        Optional<EventRecord> there = shared.get(key);
        there.ifPresent(event -> events.put(key, new Remembered(database.get(), event)));
        return there;
    }

    @Override
    public Optional<EventRecord> atHand(EventKey key) {
        return databaseId.get().flatMap(database -> here(key, database));
    }

    private Optional<EventRecord> here(EventKey key, String database) {
        Remembered remembered = events.getIfPresent(key);
        return remembered != null && remembered.database().equals(database)
                ? Optional.of(remembered.event())
                : Optional.empty();
    }

    @Override
    public void put(EventRecord event) {
        databaseId.get().ifPresent(database -> events.put(event.key(), new Remembered(database, event)));
        shared.put(event);
    }
}

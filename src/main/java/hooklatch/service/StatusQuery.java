package hooklatch.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import hooklatch.cache.ResultCache;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.StorageFailures;
import hooklatch.dao.WebhookEventDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Json;
import hooklatch.domain.StatusAnswer;
import hooklatch.lock.EventLocks;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what became of an event. Thread-safe. */
public final class StatusQuery {
    private static final Logger log = LoggerFactory.getLogger(StatusQuery.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration WAIT_FOR_A_PLACE = Duration.ofMillis(500);
    private static final int ANSWERS = 1_000;

    private final ResultCache cache;
    private final EventLocks locks;
    private final Database database;
    private final List<String> providers;
    private final Semaphore places;
    private final WebhookEventDao events = new WebhookEventDao();

    /** Of events that are done, for as long as they are remembered: such an answer does not change, and is asked for in a row. */
    private final Cache<EventRecord, String> answers = Caffeine.newBuilder()
            .executor(Runnable::run)
            .weakKeys()
            .maximumSize(ANSWERS)
            .build();

    /**
     * @param providers all names an event id may belong to
     * @param mySqlAtATime so many ask MySQL at a time, as deliveries need its connections more
     */
    public StatusQuery(
            ResultCache cache, EventLocks locks, Database database, List<String> providers, int mySqlAtATime) {
        this.places = new Semaphore(mySqlAtATime);
        this.cache = cache;
        this.locks = locks;
        this.database = database;
        this.providers = List.copyOf(providers);
    }

    /**
     * The status answer as JSON, from Redis when it is there, else from MySQL.
     *
     * @param provider null for any: then the newest event of that id
     * @return empty when neither Redis nor MySQL could be asked
     */
    public Optional<String> find(String eventId, @Nullable String provider) {
        List<EventKey> keys = (provider == null ? providers : List.of(provider))
                .stream().map(name -> new EventKey(name, eventId)).toList();
        if (keys.size() == 1) {
            Optional<EventRecord> cached = cache.get(keys.get(0));
            if (cached.isPresent()) {
                return Optional.of(answers.get(cached.get(), StatusQuery::written));
            }
        }
        try {
            return Optional.of(Json.write(atAPlace(() -> fromMySql(eventId, provider, keys))));
        } catch (StorageException e) {
            log.warn("MySQL cannot tell the status of {}: {}", eventId, e.getMessage());
            return remembered(keys).map(StatusQuery::written);
        }
    }

    /** The newest that the cache knows. */
    private Optional<EventRecord> remembered(List<EventKey> keys) {
        return keys.stream().flatMap(key -> cache.get(key).stream()).max(Comparator.comparing(EventRecord::receivedAt));
    }

    private ObjectNode atAPlace(Supplier<ObjectNode> question) {
        try {
            if (!places.tryAcquire(WAIT_FOR_A_PLACE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw StorageFailures.tooLate("as many ask already as may", new TimeoutException());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StorageFailures.tooLate("this node stops", e);
        }
        try {
            return question.get();
        } finally {
            places.release();
        }
    }

    private static String written(EventRecord done) {
        return Json.write(StatusAnswer.of(done));
    }

    /** Which of several providers' events of one id is the newest, only MySQL knows. */
    private ObjectNode fromMySql(String eventId, @Nullable String provider, List<EventKey> keys) {
        Optional<EventRecord> first = stored(eventId, provider);
        if (first.isPresent() && first.get().status().isFinal()) {
            return StatusAnswer.of(first.get());
        }
        // Asked before MySQL is asked again: a lock that is freed in between leaves a committed result behind.
        List<EventKey> locked =
                keys.stream().filter(key -> locks.isHeld(key).orElse(false)).toList();
        Optional<EventRecord> stored = stored(eventId, provider);
        Optional<EventKey> working = stored.isEmpty()
                ? locked.stream().findFirst()
                : locked.stream().filter(stored.get().key()::equals).findFirst();
        if (stored.isEmpty() && keys.size() > 1) {
            // Forgotten by MySQL before Redis forgets its result. Of one provider Redis was asked first.
            Optional<ObjectNode> remembered = remembered(keys).map(StatusAnswer::of);
            if (remembered.isPresent()) {
                return remembered.get();
            }
        }
        return answer(eventId, provider, working, stored);
    }

    private Optional<EventRecord> stored(String eventId, @Nullable String provider) {
        return database.inTransaction(
                Deadline.in(PATIENCE),
                handle -> provider == null
                        ? events.findNewest(handle, eventId)
                        : events.find(handle, new EventKey(provider, eventId)));
    }

    private static ObjectNode answer(
            String eventId, @Nullable String provider, Optional<EventKey> locked, Optional<EventRecord> stored) {
        if (stored.isPresent() && stored.get().status().isFinal()) {
            return StatusAnswer.of(stored.get());
        }
        if (locked.isPresent()) {
            return StatusAnswer.processing(locked.get(), stored.orElse(null));
        }
        return stored.map(StatusAnswer::of).orElseGet(() -> StatusAnswer.unknown(eventId, provider));
    }
}

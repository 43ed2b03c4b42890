package hooklatch.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.failsafe.CircuitBreaker;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Json;
import hooklatch.domain.Pace;
import hooklatch.domain.StatusAnswer;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ResultCache} in Redis, for all nodes: {@code webhook:result:{provider}:{eventId}} holds the status answer as JSON
 * and the id of the database it speaks of. A value that speaks of another database is a miss.
 */
public final class RedisResultCache implements ResultCache {
    private static final Logger log = LoggerFactory.getLogger(RedisResultCache.class);
    private static final String PREFIX = "webhook:result:";
    /** Fields beside the status answer. */
    private static final String DATABASE = "database";

    private static final String PAYLOAD_SHA256 = "payload_sha256";

    private final RedissonClient redisson;
    private final CircuitBreaker<Object> breaker;
    private final Pace pace;
    private final Duration timeToLive;
    private final ResultWrites writes;
    private final Supplier<Optional<String>> databaseId;

    /**
     * @param breaker shared by all that asks this Redis
     * @param pace likewise; told how long each answer took
     * @param writes by which results are written
     * @param databaseId id of the database that is the truth now; while it is empty nothing is believed or remembered
     */
    public RedisResultCache(
            RedissonClient redisson,
            CircuitBreaker<Object> breaker,
            Pace pace,
            Duration timeToLive,
            ResultWrites writes,
            Supplier<Optional<String>> databaseId) {
        this.redisson = redisson;
        this.breaker = breaker;
        this.pace = pace;
        this.timeToLive = timeToLive;
        this.writes = writes;
        this.databaseId = databaseId;
    }

    @Override
    public Optional<EventRecord> get(EventKey key) {
        Optional<String> database = databaseId.get();
        if (database.isEmpty() || !breaker.isClosed()) {
            return Optional.empty();
        }
        String value;
        long askedAt = System.nanoTime();
        try {
            value = redisson.<String>getBucket(PREFIX + key, StringCodec.INSTANCE)
                    .get();
            worked();
            pace.answered(askedAt);
        } catch (RuntimeException e) {
            breaker.recordException(e);
            leaveThread();
            log.debug("result cache not readable: {}", e.toString());
            return Optional.empty();
        }
        return value == null ? Optional.empty() : read(key, value, database.get());
    }

    private static Optional<EventRecord> read(EventKey key, String value, String database) {
        try {
            JsonNode answer = Json.read(value);
            if (!database.equals(answer.path(DATABASE).textValue())) {
                return Optional.empty();
            }
            EventRecord event =
                    StatusAnswer.read(answer, answer.required(PAYLOAD_SHA256).asText());
            return event.key().equals(key) && event.status().isFinal() ? Optional.of(event) : Optional.empty();
        } catch (IllegalArgumentException e) {
            log.warn("the cached result of {} is not ours and is not believed: {}", key, e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public void put(EventRecord event) {
        Optional<String> database = databaseId.get();
        if (database.isEmpty() || !breaker.isClosed()) {
            return;
        }
        ObjectNode answer = StatusAnswer.toBeWritten(event);
        answer.put(DATABASE, database.get()).put(PAYLOAD_SHA256, event.payloadSha256());
        String value = Json.write(answer);
        AtomicLong askedAt = new AtomicLong();
        try {
            writes.write(PREFIX + event.key(), value, timeToLive, () -> askedAt.set(System.nanoTime()))
                    .whenComplete((done, failure) -> {
                        if (failure == null) {
                            worked();
                            pace.answered(askedAt.get());
                        } else {
                            breaker.recordException(failure);
                            log.debug("result of {} was not cached: {}", event.key(), failure.toString());
                        }
                    });
        } finally {
            leaveThread();
        }
    }

    /**
     * A command that fails leaves something of the client in the calling thread, which is the container's and outlives
     * the application: a container takes it for a leak.
     */
    private static void leaveThread() {
        FastThreadLocal.removeAll();
    }

    /** An answer to what was asked while Redis was in use does not tell that it is quick again: that is for the look at it. */
    private void worked() {
        if (breaker.isClosed()) {
            breaker.recordSuccess();
        }
    }
}

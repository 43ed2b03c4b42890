package hooklatch.cache;

import hooklatch.domain.Gathered;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.redisson.api.RBatch;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/** How results are written to Redis; waits for nothing. Thread-safe. */
@FunctionalInterface
public interface ResultWrites {
    /**
     * Writes one.
     *
     * @param sent run when it goes to Redis
     */
    CompletionStage<?> write(String key, String value, Duration timeToLive, Runnable sent);

    /** Each at once and by itself. */
    static ResultWrites oneByOne(RedissonClient redisson) {
        return (key, value, timeToLive, sent) -> {
            sent.run();
            return redisson.getBucket(key, StringCodec.INSTANCE).setAsync(value, timeToLive);
        };
    }

    /** Several at once, to a single server. */
    static ResultWrites gathered(Gathered<RBatch> writes) {
        return (key, value, timeToLive, sent) -> writes.add(batch -> {
            sent.run();
            return batch.getBucket(key, StringCodec.INSTANCE).setAsync(value, timeToLive);
        });
    }
}

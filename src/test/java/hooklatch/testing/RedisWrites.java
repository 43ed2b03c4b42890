package hooklatch.testing;

import hooklatch.cache.ResultWrites;
import hooklatch.domain.Gathered;
import hooklatch.lock.GatheredReturns;
import hooklatch.lock.LockReturns;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.redisson.api.RBatch;
import org.redisson.api.RedissonClient;

/** What is written to Redis without waiting for it, gathered as the product gathers it. */
public final class RedisWrites {
    private RedisWrites() {}

    public static LockReturns locks(RedissonClient redis) {
        return new GatheredReturns(redis, of(redis));
    }

    public static ResultWrites results(RedissonClient redis) {
        return ResultWrites.gathered(of(redis));
    }

    public static Gathered<RBatch> of(RedissonClient redis) {
        return new Gathered<>(
                redis::createBatch, RBatch::executeAsync, CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS));
    }
}

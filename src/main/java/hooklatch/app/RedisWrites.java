package hooklatch.app;

import hooklatch.cache.ResultWrites;
import hooklatch.domain.Gathered;
import hooklatch.lock.GatheredReturns;
import hooklatch.lock.LockReturns;
import org.redisson.api.RBatch;
import org.redisson.api.RedissonClient;

/**
 * How what done events leave for Redis gets there.
 *
 * @param locks gives back the locks of events that are done
 */
record RedisWrites(ResultWrites results, LockReturns locks) {
    /**
     * To a single server it goes together. Not to a cluster, where one master that fails is Redisson's answer to the whole
     * batch, and not behind Sentinel, where its unlock waits for the replicas.
     */
    static RedisWrites of(RedissonClient redisson, RedisAddress address, Closing closing) {
        if (address.kind() != RedisAddress.Kind.SINGLE) {
            return new RedisWrites(ResultWrites.oneByOne(redisson), LockReturns.oneByOne(redisson));
        }
        Gathered<RBatch> writes =
                new Gathered<>(redisson::createBatch, RBatch::executeAsync, BackgroundThreads.redisWrites(closing));
        return new RedisWrites(ResultWrites.gathered(writes), new GatheredReturns(redisson, writes));
    }
}

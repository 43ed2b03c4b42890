package hooklatch.lock;

import hooklatch.domain.Gathered;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.redisson.RedissonObject;
import org.redisson.api.RBatch;
import org.redisson.api.RScript;
import org.redisson.api.RScriptAsync;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.codec.StringCodec;
import org.redisson.pubsub.LockPubSub;

/**
 * {@link LockReturns} of several locks at once, for a single server. Redisson's own {@code unlock} cannot be part of a batch as one
 * command: it leaves a mark, by which a release that it repeats is known, and takes it away with a second command. Nothing is
 * repeated here. Otherwise this does what {@code RedissonLock.unlockInnerAsync} of Redisson 4.7 does: the holder's count is taken
 * down by one, and with the last one the lock is deleted and those are woken who wait for it on any node. That last step asks for
 * no memory, so a full Redis takes it too.
 */
public final class GatheredReturns implements LockReturns {
    private static final String CHANNEL = "redisson_lock__channel";

    private static final String SCRIPT = """
            local taken = redis.call('hget', KEYS[1], ARGV[1])
            if not taken then return 0 end
            if tonumber(taken) > 1 then
              redis.call('hincrby', KEYS[1], ARGV[1], -1)
            else
              redis.call('del', KEYS[1])
              redis.call('publish', KEYS[2], ARGV[2])
            end
            return 1""";

    private final RedissonClient redisson;
    private final Gathered<RBatch> writes;

    public GatheredReturns(RedissonClient redisson, Gathered<RBatch> writes) {
        this.redisson = redisson;
        this.writes = writes;
    }

    @Override
    public CompletionStage<Boolean> giveBack(String lock, long threadId) {
        return writes.add(batch -> giveBack(batch.getScript(StringCodec.INSTANCE), lock, threadId))
                // A batch believes that the server still knows the script; one command by itself tells it anew.
                .exceptionallyCompose(failure -> failure instanceof RedisNoScriptException
                        ? giveBack(redisson.getScript(StringCodec.INSTANCE), lock, threadId)
                        : CompletableFuture.failedStage(failure))
                .thenApply(taken -> taken == 1);
    }

    private CompletionStage<Long> giveBack(RScriptAsync scripts, String lock, long threadId) {
        return scripts.evalAsync(
                lock,
                RScript.Mode.READ_WRITE,
                SCRIPT,
                RScript.ReturnType.LONG,
                List.of(lock, RedissonObject.prefixName(CHANNEL, lock)),
                redisson.getId() + ":" + threadId,
                LockPubSub.UNLOCK_MESSAGE);
    }
}

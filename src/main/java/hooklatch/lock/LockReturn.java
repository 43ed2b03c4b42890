package hooklatch.lock;

import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.domain.Gathered;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.RedissonObject;
import org.redisson.api.RBatch;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.codec.StringCodec;
import org.redisson.pubsub.LockPubSub;

/**
 * Gives RLocks of this client back, several at once. Redisson's own {@code unlock} cannot be part of a batch as one command: it
 * leaves a mark, by which a release that it repeats is known, and takes it away with a second command. Nothing is repeated here.
 * Otherwise this does what {@code RedissonLock.unlockInnerAsync} of Redisson 4.7 does: the holder's count is taken down by one,
 * and with the last one the lock is deleted and those are woken who wait for it on any node. That last step asks for no memory, so
 * a full Redis takes it too. Thread-safe.
 */
final class LockReturn {
    private static final String CHANNEL = "redisson_lock__channel";

    private static final String SCRIPT = """
            local taken = redis.call('hget', KEYS[1], ARGV[1])
            if not taken then return 0 end
            if tonumber(taken) > 1 then
              redis.call('hincrby', KEYS[1], ARGV[1], -1)
            else
              redis.call('del', KEYS[1])
              redis.call(ARGV[2], KEYS[2], ARGV[3])
            end
            return 1""";
    private static final String DIGEST = sha1(SCRIPT);

    private final RedissonClient redisson;
    private final Gathered<RBatch> writes;

    LockReturn(RedissonClient redisson, Gathered<RBatch> writes) {
        this.redisson = redisson;
        this.writes = writes;
    }

    /**
     * Gives back what the thread took once; waits for nothing.
     *
     * @return 1, or 0 when this thread of this client does not hold it
     */
    CompletionStage<@Nullable Long> giveBack(String lock, long threadId) {
        List<Object> keys = List.of(lock, RedissonObject.prefixName(CHANNEL, lock));
        Object[] values = {redisson.getId() + ":" + threadId, publishCommand(), LockPubSub.UNLOCK_MESSAGE};
        return writes.add(batch -> batch.getScript(StringCodec.INSTANCE)
                        .<Long>evalShaAsync(
                                lock, RScript.Mode.READ_WRITE, DIGEST, RScript.ReturnType.LONG, keys, values))
                .exceptionallyCompose(failure -> failure instanceof RedisNoScriptException
                        ? alone(lock, keys, values)
                        : CompletableFuture.failedStage(failure));
    }

    /** Asked for by its text, a script that the server does not know, or no longer, is made known to it. */
    private CompletionStage<Long> alone(String lock, List<Object> keys, Object[] values) {
        return redisson.getScript(StringCodec.INSTANCE)
                .evalAsync(lock, RScript.Mode.READ_WRITE, SCRIPT, RScript.ReturnType.LONG, keys, values);
    }

    private static String sha1(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** A cluster may have channels of its shards. */
    private String publishCommand() {
        return ((Redisson) redisson)
                .getCommandExecutor()
                .getConnectionManager()
                .getSubscribeService()
                .getPublishCommand();
    }
}

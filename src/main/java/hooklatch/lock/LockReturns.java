package hooklatch.lock;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.redisson.api.RedissonClient;

/** How the RLocks of a client are given back; waits for nothing. Thread-safe. */
@FunctionalInterface
public interface LockReturns {
    /**
     * Gives back what the thread took once.
     *
     * @return whether this thread of this client held it; fails when that is not known
     */
    CompletionStage<Boolean> giveBack(String lock, long threadId);

    /** Each at once and by itself, as Redisson does it on any kind of servers. */
    static LockReturns oneByOne(RedissonClient redisson) {
        return (lock, threadId) -> redisson.getLock(lock).unlockAsync(threadId).handle((done, failure) -> {
            if (failure == null) {
                return true;
            }
            if (failure instanceof IllegalMonitorStateException
                    || failure.getCause() instanceof IllegalMonitorStateException) {
                return false;
            }
            throw new CompletionException(failure);
        });
    }
}

package hooklatch.archfixture.dao;

import hooklatch.archfixture.app.Target;
import org.redisson.api.RedissonClient;

/** Sees what it must not. */
public final class Breaker {
    private final Class<?>[] seen = {Target.class, RedissonClient.class};

    public Class<?>[] seen() {
        return seen.clone();
    }
}

package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.TestServers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;

/** What talking to Redis costs, as Redis counts it. */
class RedisClientTest {
    private static final int COMMANDS = 2_000;

    private final RedissonClient client =
            RedisClient.open(RedisAddress.parse(TestServers.get().newRedisUrl()).orElseThrow(), null);

    @AfterEach
    void close() {
        client.shutdown();
    }

    private long stat(RedisNode.InfoSection section, String name) {
        return Long.parseLong(client.getRedisNodes(RedisNodes.SINGLE)
                .getInstance()
                .info(section)
                .get(name));
    }

    @Test
    void commandsThatAreOnTheirWayTogetherAreSentTogether() throws Exception {
        client.getBucket("warm").set("1");
        long before = stat(RedisNode.InfoSection.STATS, "total_reads_processed");
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (int i = 0; i < COMMANDS; i++) {
            answers.add(client.getBucket("key" + i).setAsync("1").toCompletableFuture());
        }
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
        long reads = stat(RedisNode.InfoSection.STATS, "total_reads_processed") - before;
        System.out.println("RedisClientTest: reads of Redis for " + COMMANDS + " commands: " + reads);

        assertThat(reads).isLessThan(COMMANDS / 2);
        assertThat(client.getKeys().count()).isEqualTo(COMMANDS + 1L);
    }
}

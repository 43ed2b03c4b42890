package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.testing.BuildDirectory;
import hooklatch.testing.FreePort;
import hooklatch.testing.RedisServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;

class RedisClientTest {
    private static final Path DIRECTORY =
            BuildDirectory.path().resolve("servers").resolve("redis-client");

    /** For commands, for what is published, and the one that asks here. */
    private static final int MOST_AT_REST = 11;

    @Test
    void aNodeAtRestHoldsFewConnections() {
        RedisServer.stopEarlier(DIRECTORY);
        try (RedisServer server = RedisServer.start(DIRECTORY, FreePort.find(), "--save", "")) {
            RedissonClient client =
                    RedisClient.open(RedisAddress.parse(server.url(0)).orElseThrow(), null);
            try {
                assertThat(client.getBucket("any").isExists()).isFalse();

                await().until(() -> connections(client) >= 8);
                assertThat(connections(client)).isLessThanOrEqualTo(MOST_AT_REST);
            } finally {
                client.shutdown();
            }
        }
    }

    private static int connections(RedissonClient client) {
        return Integer.parseInt(client.getRedisNodes(RedisNodes.SINGLE)
                .getInstance()
                .info(RedisNode.InfoSection.CLIENTS)
                .get("connected_clients"));
    }
}

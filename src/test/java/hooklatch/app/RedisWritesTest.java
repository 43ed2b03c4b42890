package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.lock.GatheredReturns;
import hooklatch.testing.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.client.codec.StringCodec;

class RedisWritesTest {
    private static final int EVENTS = 200;
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    private final RedisAddress address =
            RedisAddress.parse(TestServers.get().newRedisUrl()).orElseThrow();
    private final RedissonClient client = RedisClient.open(address, null);
    private final Closing closing = new Closing();

    @AfterEach
    void close() {
        closing.close();
        client.shutdown();
    }

    @Test
    void whatManyEventsLeaveGoesTogether() throws Exception {
        RedisWrites writes = RedisWrites.of(client, address, closing);
        List<RLock> locks = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            locks.add(client.getLock("lock" + i));
            assertThat(locks.get(i).tryLock(0, 30, TimeUnit.SECONDS)).isTrue();
        }
        long before = reads();
        List<CompletionStage<?>> answers = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            answers.add(writes.results().write("result" + i, "done", A_MINUTE, () -> {}));
            answers.add(
                    writes.locks().giveBack("lock" + i, Thread.currentThread().getId()));
        }
        CompletableFuture.allOf(answers.stream()
                        .map(CompletionStage::toCompletableFuture)
                        .toArray(CompletableFuture<?>[]::new))
                .get(20, TimeUnit.SECONDS);

        assertThat(reads() - before).as("reads of Redis").isLessThan(EVENTS / 2);
        assertThat(locks).noneMatch(RLock::isLocked);
        assertThat(client.getKeys().count()).isEqualTo(EVENTS);
    }

    private long reads() {
        return Long.parseLong(client.getRedisNodes(RedisNodes.SINGLE)
                .getInstance()
                .info(RedisNode.InfoSection.STATS)
                .get("total_reads_processed"));
    }

    @Test
    void aDeliveryThatEndsAfterTheCloseWritesItself() throws Exception {
        RedisWrites writes = RedisWrites.of(client, address, closing);
        closing.close();

        writes.results()
                .write("result", "done", A_MINUTE, () -> {})
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);

        assertThat(client.getBucket("result", StringCodec.INSTANCE).get()).isEqualTo("done");
    }

    @ParameterizedTest
    @ValueSource(strings = {"redis://127.0.0.1:1,redis://127.0.0.1:2", "sentinel://127.0.0.1:1/main"})
    void toServersThatSpeakForOthersEachGoesByItself(String url) {
        RedisWrites writes = RedisWrites.of(client, RedisAddress.parse(url).orElseThrow(), closing);

        assertThat(writes.locks()).isNotInstanceOf(GatheredReturns.class);
    }
}

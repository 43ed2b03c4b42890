package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.testing.FaultyProxy;
import hooklatch.testing.TestServers;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A node that comes up while Redis answers, but slowly: its client takes seconds to connect, and more the more connections it opens. */
class SlowRedisAtTheStartTest {
    private static final Duration PROMISED = Duration.ofMillis(4_500);

    @Test
    void noDeliveryWaitsForTheClientToConnect() throws Exception {
        TestServers servers = TestServers.get();
        URI redis = URI.create(servers.newRedisUrl());
        try (FaultyProxy proxy = FaultyProxy.start(redis.getPort(), () -> FaultyProxy.Tap.BLIND)) {
            proxy.delay(Duration.ofMillis(120));
            try (Site site =
                    Site.open(servers.newDatabase(), "redis://127.0.0.1:" + proxy.port() + redis.getPath(), Map.of())) {
                site.execute("INSERT INTO orders (id, total_amount) VALUES (1, 49.99)");
                long start = System.nanoTime();

                Site.Answer answer = site.stripe(Site.paymentSucceeded("evt_1", "pi_1", 1));

                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PROMISED);
                proxy.pass();
                await("Redis is used once the client has connected")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> site.get("/health/ready").body().contains("\"ok\""));
            }
        }
    }
}

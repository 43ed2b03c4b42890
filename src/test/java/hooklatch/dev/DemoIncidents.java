package hooklatch.dev;

import hooklatch.dev.DemoStories.Step;
import hooklatch.dev.SendOptions.UsageException;
import hooklatch.domain.EventKey;
import hooklatch.lock.EventLocks;
import hooklatch.testing.LockNode;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * What goes wrong in the minute of {@link Demo} beside its stream, and what an operator does about it: an order comes late, an
 * event becomes a dead letter, nodes stop and leave their locks behind.
 *
 * <p>All of it happens for real, but for one thing: no event is hours old in a demo that takes a minute. So of the one that is
 * to become a dead letter the time of its first receipt is put back; its id and the reason of its replay say so. It is refused
 * as often as the rule asks for, and Hooklatch judges it.
 */
final class DemoIncidents implements Runnable {
    /** Longer ago than any event of the default rule must be. */
    private static final Duration PUT_BACK = Duration.ofHours(5);

    private static final int MOST_REFUSALS = 40;
    private static final Duration BETWEEN_REFUSALS = Duration.ofMillis(150);
    private static final String STOPPED_NODE = "demo-node-that-stopped";
    /** A lock is left behind for 30 s: until then the operator has come, and the next one is there. */
    private static final Duration BETWEEN_STOPS = Duration.ofSeconds(20);
    /** When he releases the first, in percent of the minute. */
    private static final int RELEASES = 60;

    /** Delivers an event, and waits for the answer. */
    interface Sender {
        String deliver(Step step);
    }

    private final DemoOptions options;
    private final DevSettings settings;
    private final Clock clock;
    private final PrintStream out;
    private final Instant begin;
    private final Duration minute;
    private final Random random;
    private final DemoStories stories;
    private final Sender sender;

    DemoIncidents(
            DemoOptions options, DevSettings settings, Clock clock, PrintStream out, Random random, Sender sender) {
        this.options = options;
        this.settings = settings;
        this.clock = clock;
        this.out = out;
        this.begin = clock.instant();
        this.minute =
                options.duration().compareTo(Duration.ofMinutes(1)) < 0 ? options.duration() : Duration.ofMinutes(1);
        this.random = random;
        this.stories = new DemoStories(random);
        this.sender = sender;
    }

    @Override
    public void run() {
        try (DemoOrders orders = new DemoOrders(settings)) {
            long missing = orders.unknownId(random);
            Step late = stories.poison("late", Long.toString(missing));
            sender.deliver(late);
            Step dead = deadLetter(orders);
            waitUntil(at(RELEASES).minus(BETWEEN_STOPS));
            Step held = stopNode(orders);
            DemoOperator operator = DemoOperator.begin(URI.create(options.url() + "/"), settings)
                    .orElse(null);
            if (operator == null) {
                out.println("The admin of the dashboard cannot sign in with DASHBOARD_ADMIN_USER and"
                        + " DASHBOARD_ADMIN_PASSWORD: nobody replays or releases anything in this demo.");
                return;
            }
            try {
                waitUntil(30);
                orders.placeLate(missing, random);
                if (!operator.replay(late.provider().word(), late.eventId(), "its order was made a moment ago")) {
                    out.println("The late order's event was tried again before the operator came.");
                }
                operator.replay(
                        dead.provider().word(),
                        dead.eventId(),
                        "nothing was mended, so it is refused again. For it to be a dead letter, its first receipt was put"
                                + " back by " + PUT_BACK.toHours() + " hours");
                operator.reveal(dead.provider().word(), dead.eventId(), "whose payment is it?");
                waitUntil(45);
                if (!operator.replayCause("Order not found", "perhaps their orders are there now")) {
                    out.println("No order was missing when the operator looked.");
                }
                operator.runChecks();
                for (Instant next = at(RELEASES); next.isBefore(end()); next = next.plus(BETWEEN_STOPS)) {
                    waitUntil(next);
                    Step before = held;
                    held = stopNode(orders);
                    release(operator, before);
                }
                waitUntil(end());
                release(operator, held);
            } finally {
                operator.leave();
            }
        } catch (SQLException | UsageException | IOException e) {
            throw new IllegalStateException("The demo's incidents broke off: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A node takes an event's lock and stops before it is done; the provider tries again and finds it locked. */
    private Step stopNode(DemoOrders orders) throws SQLException, UsageException {
        Step step = stories.storm(orders.place(random), 1).get(0);
        LockNode node = new LockNode(redis(), STOPPED_NODE);
        try {
            EventKey key = new EventKey(step.provider().word(), step.eventId());
            if (!(node.locks().acquire(key, Duration.ZERO) instanceof EventLocks.Attempt.Held)) {
                throw new IllegalStateException("Redis does not grant the demo a lock.");
            }
            sender.deliver(step);
        } finally {
            node.kill();
        }
        return step;
    }

    private RedissonClient redis() {
        URI url = URI.create(settings.value("REDIS_URL").orElse("redis://127.0.0.1:" + settings.redisPort()));
        String path = url.getPath();
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setNettyThreads(2);
        config.setThreads(2);
        config.useSingleServer()
                .setAddress(url.getScheme() + "://" + url.getAuthority())
                .setDatabase(path.length() > 1 ? Integer.parseInt(path.substring(1)) : 0)
                .setConnectionMinimumIdleSize(1)
                .setConnectionPoolSize(2);
        return Redisson.create(config);
    }

    private void release(DemoOperator operator, Step held) throws IOException, InterruptedException {
        if (!operator.release(held.eventId(), "its node has stopped")) {
            out.println("A lock had expired before the operator came.");
        }
        sender.deliver(held);
    }

    /** An event of an order that never comes, sent again and again. */
    private Step deadLetter(DemoOrders orders) throws SQLException, UsageException {
        Step step = stories.poison("5_hours_old", Long.toString(orders.unknownId(random)));
        sender.deliver(step);
        orders.putBack(step.provider().word(), step.eventId(), PUT_BACK);
        for (int i = 0; i < MOST_REFUSALS; i++) {
            if (sender.deliver(step).equals("HTTP 200")) {
                return step;
            }
            LockSupport.parkNanos(BETWEEN_REFUSALS.toNanos());
        }
        out.println("The rule for dead letters asks for more than " + MOST_REFUSALS
                + " refusals here; the demo has none then.");
        return step;
    }

    private Instant at(int percent) {
        return begin.plus(minute.multipliedBy(percent).dividedBy(100));
    }

    private Instant end() {
        return begin.plus(options.duration());
    }

    private void waitUntil(int percent) {
        waitUntil(at(percent));
    }

    private void waitUntil(Instant at) {
        for (Duration left = Duration.between(clock.instant(), at);
                left.toNanos() > 0;
                left = Duration.between(clock.instant(), at)) {
            LockSupport.parkNanos(left.toNanos());
        }
    }
}

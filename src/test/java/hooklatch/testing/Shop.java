package hooklatch.testing;

import com.zaxxer.hikari.HikariDataSource;
import dev.failsafe.CircuitBreaker;
import hooklatch.cache.LocalResultCache;
import hooklatch.cache.RedisResultCache;
import hooklatch.cache.ResultCache;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.Schema;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Outcome;
import hooklatch.domain.Pace;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.DisputeHandler;
import hooklatch.handler.EventHandler;
import hooklatch.handler.EventHandlers;
import hooklatch.handler.PaymentHandler;
import hooklatch.handler.RefundHandler;
import hooklatch.lock.EventLocks;
import hooklatch.lock.LockBoard;
import hooklatch.lock.RedisEventLocks;
import hooklatch.service.DatabaseIdentity;
import hooklatch.service.EventProcessor;
import hooklatch.service.ProcessingMeters;
import hooklatch.service.RetryPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * A database of its own with the schema, and processors on it: as many as a test wants nodes, each with the lock and the
 * cache that the test is about.
 */
public final class Shop implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String url;
    private final HikariDataSource pool;
    private final Database database;
    private final DatabaseIdentity identity;
    private final List<RedissonClient> clients = new ArrayList<>();
    private final ExecutorService lateRefusals = Executors.newSingleThreadExecutor();

    public Shop() {
        this(32);
    }

    /** @param poolSize connections at most */
    public Shop(int poolSize) {
        TestServers servers = TestServers.get();
        url = servers.newDatabase();
        new Schema(ConnectionPool.unpooled(url, servers.user(), servers.password()), Schema.Mode.MIGRATE).apply();
        pool = ConnectionPool.open(url, servers.user(), servers.password(), "shop", poolSize);
        Awaitility.await("a full pool").until(() -> pool.getHikariPoolMXBean().getTotalConnections() == poolSize);
        database = new Database(pool);
        identity = new DatabaseIdentity(database);
        identity.refresh();
    }

    /** Lock and cache in Redis, a node of its own. */
    public RedissonClient redis(String url) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setNettyThreads(2);
        int slash = url.lastIndexOf('/');
        config.useSingleServer()
                .setAddress(url.substring(0, slash))
                .setDatabase(Integer.parseInt(url.substring(slash + 1)));
        RedissonClient client = Redisson.create(config);
        clients.add(client);
        return client;
    }

    public EventLocks locks(RedissonClient redis) {
        Duration lease = Duration.ofSeconds(30);
        return locks(redis, new LockBoard(Clock.systemUTC(), lease));
    }

    /** The same, with a board that the test can look at. */
    public EventLocks locks(RedissonClient redis, LockBoard board) {
        return new RedisEventLocks(
                redis,
                CircuitBreaker.ofDefaults(),
                Duration.ofSeconds(30),
                board,
                Clock.systemUTC(),
                RedisWrites.locks(redis));
    }

    public ResultCache cache(RedissonClient redis) {
        return new LocalResultCache(
                new RedisResultCache(
                        redis,
                        CircuitBreaker.ofDefaults(),
                        new Pace(Duration.ofDays(1), 1, () -> {}),
                        Duration.ofDays(7),
                        RedisWrites.results(redis),
                        identity),
                10_000,
                Duration.ofMinutes(10),
                identity);
    }

    /** A lock that always grants: what remains is MySQL's. */
    public static EventLocks grantingLocks() {
        return new EventLocks() {
            @Override
            public Attempt acquire(EventKey key, Duration wait) {
                return new Attempt.Held(() -> {}, () -> {});
            }

            @Override
            public Optional<Boolean> isHeld(EventKey key) {
                return Optional.empty();
            }
        };
    }

    /** A cache that never remembers. */
    public static ResultCache forgettingCache() {
        return new ResultCache() {
            @Override
            public Optional<EventRecord> get(EventKey key) {
                return Optional.empty();
            }

            @Override
            public void put(EventRecord event) {}
        };
    }

    /** A node with the built-in handlers, and the given ones after them. */
    public EventProcessor node(EventLocks locks, ResultCache cache, EventHandler... more) {
        return node(locks, cache, new RetryPolicy(8, Duration.ofHours(4)), Clock.systemUTC(), more);
    }

    /** One without Redis that reaches MySQL in a way of its own. */
    public EventProcessor node(Database database, EventHandler... more) {
        return node(
                database,
                grantingLocks(),
                forgettingCache(),
                new RetryPolicy(8, Duration.ofHours(4)),
                Clock.systemUTC(),
                more);
    }

    /** One that reaches MySQL, or does not, in a way of its own. */
    public EventProcessor node(Database database, EventLocks locks, ResultCache cache) {
        return node(database, locks, cache, new RetryPolicy(8, Duration.ofHours(4)), Clock.systemUTC());
    }

    public EventProcessor node(
            EventLocks locks, ResultCache cache, RetryPolicy retries, Clock clock, EventHandler... more) {
        return node(database, locks, cache, retries, clock, more);
    }

    private EventProcessor node(
            Database database,
            EventLocks locks,
            ResultCache cache,
            RetryPolicy retries,
            Clock clock,
            EventHandler... more) {
        List<EventHandler> handlers =
                new ArrayList<>(List.of(new PaymentHandler(), new RefundHandler(), new DisputeHandler()));
        handlers.addAll(List.of(more));
        return new EventProcessor(
                cache,
                locks,
                database,
                (key, body) -> Optional.empty(),
                new EventHandlers(handlers),
                retries,
                Duration.ofMillis(600),
                Runnable::run,
                lateRefusals,
                clock,
                new ProcessingMeters(new SimpleMeterRegistry()));
    }

    /** Until refusals are recorded that no answer waited for; none can come after. */
    public void awaitLateRefusals() {
        lateRefusals.shutdown();
        try {
            if (!lateRefusals.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("a late refusal is not recorded in time");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public Database database() {
        return database;
    }

    /** Of its database. */
    public String url() {
        return url;
    }

    public HikariDataSource pool() {
        return pool;
    }

    public DatabaseIdentity identity() {
        return identity;
    }

    public <T> T sql(HandleCallback<T, RuntimeException> work) {
        return database.inTransaction(Deadline.in(PATIENCE), work);
    }

    public void order(long id, String total) {
        sql(handle -> handle.execute("INSERT INTO orders (id, total_amount) VALUES (?, ?)", id, total));
    }

    public String orderState(long id) {
        return sql(handle -> handle.createQuery("SELECT payment_status FROM orders WHERE id = ?")
                .bind(0, id)
                .mapTo(String.class)
                .one());
    }

    public long count(String table) {
        return sql(handle -> handle.createQuery("SELECT COUNT(*) FROM " + table)
                .mapTo(Long.class)
                .one());
    }

    /** Deletes all events, deliveries, facts and orders, for tests that share a shop. */
    public void empty() {
        sql(handle -> {
            for (String table : List.of(
                    "webhook_events",
                    "webhook_bodies",
                    "webhook_deliveries",
                    "webhook_attempts",
                    "webhook_rejections",
                    "orders",
                    "payments",
                    "refunds",
                    "disputes",
                    "payment_refs")) {
                handle.execute("DELETE FROM " + table);
            }
            return 0;
        });
    }

    /** The facts of an order as text: equal texts are equal facts. Row numbers, versions and times are left out. */
    public String facts(long orderId) {
        return sql(handle -> state(handle, orderId)
                + rows(
                        handle,
                        "SELECT payment_id, status, amount_minor, currency, amount, waiting FROM payments"
                                + " WHERE order_id = ? ORDER BY payment_id",
                        orderId)
                + rows(
                        handle,
                        "SELECT refund_id, payment_id, status, amount_minor, announced_minor, currency, amount,"
                                + " charge_total_minor"
                                + " FROM refunds WHERE order_id = ? ORDER BY refund_id",
                        orderId)
                + rows(
                        handle,
                        "SELECT dispute_id, payment_id, status, outcome, amount_minor, currency, amount FROM disputes"
                                + " WHERE order_id = ? ORDER BY dispute_id",
                        orderId));
    }

    private static String state(Handle handle, long orderId) {
        return handle.createQuery("SELECT payment_status FROM orders WHERE id = ?")
                .bind(0, orderId)
                .mapTo(String.class)
                .one();
    }

    private static String rows(Handle handle, String sql, long orderId) {
        List<Map<String, Object>> rows =
                handle.createQuery(sql).bind(0, orderId).mapToMap().list();
        StringBuilder text = new StringBuilder();
        rows.forEach(row -> text.append('\n').append(new TreeMap<>(row)));
        return text.toString();
    }

    /** Delivers like a provider: again and again until the answer would be a 2xx. */
    public static Outcome deliverUntilDone(EventProcessor node, WebhookEvent event, int tries) {
        Outcome outcome = node.process(event, Deadline.in(PATIENCE));
        for (int i = 1; i < tries && !isDone(outcome); i++) {
            outcome = node.process(event, Deadline.in(PATIENCE));
        }
        return outcome;
    }

    /** Whether the provider would stop. */
    public static boolean isDone(Outcome outcome) {
        return outcome instanceof Outcome.Processed
                || outcome instanceof Outcome.Duplicate
                || outcome instanceof Outcome.DeadLettered;
    }

    /** @throws IllegalStateException when a connection did not come back */
    @Override
    public void close() {
        awaitLateRefusals();
        int active = pool.getHikariPoolMXBean().getActiveConnections();
        clients.forEach(RedissonClient::shutdown);
        database.close();
        pool.close();
        if (active != 0) {
            throw new IllegalStateException(active + " connections were not given back");
        }
    }
}

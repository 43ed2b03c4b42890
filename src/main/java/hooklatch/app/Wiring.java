package hooklatch.app;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import dev.failsafe.CircuitBreaker;
import hooklatch.cache.LocalResultCache;
import hooklatch.cache.RedisResultCache;
import hooklatch.cache.ResultCache;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.dao.DatabaseUnavailableException;
import hooklatch.dao.MySqlBreaker;
import hooklatch.dao.Schema;
import hooklatch.dao.SchemaException;
import hooklatch.domain.Deadline;
import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.domain.Outcome;
import hooklatch.domain.Pace;
import hooklatch.domain.Payload;
import hooklatch.domain.Rejection;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandler;
import hooklatch.handler.EventHandlers;
import hooklatch.lock.EventLocks;
import hooklatch.lock.LockBoard;
import hooklatch.lock.LockDirectory;
import hooklatch.lock.NodeEventLocks;
import hooklatch.lock.NodePublisher;
import hooklatch.lock.RedisEventLocks;
import hooklatch.lock.RedisLockDirectory;
import hooklatch.provider.ProviderRegistry;
import hooklatch.service.Audit;
import hooklatch.service.AuditQuery;
import hooklatch.service.Checks;
import hooklatch.service.DatabaseIdentity;
import hooklatch.service.DeliveryLog;
import hooklatch.service.EventProcessor;
import hooklatch.service.LiveCounts;
import hooklatch.service.LockQuery;
import hooklatch.service.LockRelease;
import hooklatch.service.OrderHistories;
import hooklatch.service.Originals;
import hooklatch.service.OverviewQuery;
import hooklatch.service.Passwords;
import hooklatch.service.ProcessingMeters;
import hooklatch.service.Rehearsal;
import hooklatch.service.RejectionQuery;
import hooklatch.service.Retention;
import hooklatch.service.RetentionRunner;
import hooklatch.service.Retrier;
import hooklatch.service.RetryPolicy;
import hooklatch.service.Sessions;
import hooklatch.service.SignIn;
import hooklatch.service.StatusQuery;
import hooklatch.service.SumRetention;
import hooklatch.service.Users;
import hooklatch.service.events.EventDetails;
import hooklatch.service.events.EventSearch;
import hooklatch.service.replay.Failures;
import hooklatch.service.replay.GroupReplay;
import hooklatch.service.replay.Replay;
import hooklatch.service.replay.ReplayRunner;
import hooklatch.web.BearerToken;
import hooklatch.web.BrowserOrigin;
import hooklatch.web.DeliveryMeters;
import hooklatch.web.DeliveryNotes;
import hooklatch.web.HealthServlet;
import hooklatch.web.LateAnswers;
import hooklatch.web.MetricsServlet;
import hooklatch.web.ProbedReadiness;
import hooklatch.web.Processing;
import hooklatch.web.Readiness;
import hooklatch.web.Site;
import hooklatch.web.SourceAddress;
import hooklatch.web.StatusServlet;
import hooklatch.web.WebhookServlet;
import hooklatch.web.dashboard.Banner;
import hooklatch.web.dashboard.Dashboard;
import hooklatch.web.dashboard.Gate;
import hooklatch.web.dashboard.LivePages;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says {@code new} for every collaborator, in the order in which they depend on each other, and closes what must be closed
 * in reverse. Neither MySQL nor Redis need be there. The fields hold what the outside asks for.
 */
public final class Wiring implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Wiring.class);
    private static final int LOCAL_RESULTS = 20_000;
    private static final Duration LOCAL_RESULT_AGE = Duration.ofMinutes(10);
    private static final Duration IDENTITY_REFRESH = Duration.ofSeconds(1);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);
    /** A flood adds at most some forty rejections a second; a batch takes away more. */
    private static final Duration SUM_RETENTION_PAUSE = Duration.ofSeconds(5);

    /** From its last byte to its answer. */
    private static final Duration LONGEST_DELIVERY = Duration.ofMillis(4500);

    private static final Duration MYSQL_IS_BELIEVED = Duration.ofSeconds(2);
    private static final Duration MYSQL_SEARCH = Duration.ofSeconds(1);
    /** Of the pool of deliveries, for questions after a status. */
    private static final int STATUS_SHARE = 4;

    /** Who waits holds a thread of the container; more would leave none for deliveries when MySQL hangs. */
    private static final int PAGES_AT_A_TIME = 32;

    private static final int PAGES_POOL_SIZE = 4;
    private static final Duration PAGES_READ_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAGES_SILENT_TRANSACTION = Duration.ofSeconds(15);
    private static final Duration FIRST_ADMIN_PAUSE = Duration.ofSeconds(1);
    private static final Duration PURGE_PAUSE = Duration.ofMinutes(5);
    private static final int PURGE_BATCH = 1_000;

    /** How long the start waits for Redis: longer than a busy machine takes to connect to one that is well. */
    private static final Duration FIRST_REPORT = Duration.ofSeconds(3);

    private final Closing closing = new Closing();
    private final AtomicReference<@Nullable String> schemaProblem = new AtomicReference<>();
    private final Site site;
    private final Dashboard dashboard;

    /** What {@link #start} makes. */
    private record Started(Site site, Dashboard dashboard) {}

    /**
     * Starts everything.
     *
     * @throws ConfigurationException when the configuration turns out to be unusable
     */
    public Wiring(AppConfig config) {
        boolean complete = false;
        try {
            Started started = start(config);
            this.site = started.site();
            this.dashboard = started.dashboard();
            complete = true;
        } finally {
            if (!complete) {
                closing.close();
            }
        }
    }

    /** All servlets but the dashboard's, ready to be registered. */
    public Site site() {
        return site;
    }

    /** All pages, ready to be registered. */
    public Dashboard dashboard() {
        return dashboard;
    }

    @Override
    public void close() {
        closing.close();
    }

    private Started start(AppConfig config) {
        Clock clock = Clock.systemUTC();
        PrometheusMeterRegistry meters = meters();
        ProviderRegistry providers = ProviderCatalog.registry(config, clock);

        // MySQL
        closing.action("Connector/J's cleanup thread", JdbcDrivers::stopCleanupThread);
        HikariDataSource pool = pool(config.database(), meters);
        closing.action("connection pool", () -> ConnectionPool.close(pool));
        MySqlBreaker mySql = mySqlBreaker(pool, meters);
        Database database = closing.add("deadlines", Database.ofDeliveries(pool, mySql));
        countRetries(database, meters);
        Database pages = pages(config.database(), meters);
        Schema schema = schema(config.database());
        DatabaseIdentity identity = new DatabaseIdentity(database);

        // Redis
        RedissonClient redisson = RedisClient.open(config.redis(), config.sentinelPassword());
        closing.action("Redis client", () -> redisson.shutdown(0, 2, TimeUnit.SECONDS));
        LockBoard board = new LockBoard(clock, config.lockTimeout());
        CircuitBreaker<Object> breaker = RedisBreaker.create(meters, board);
        Pace pace = RedisBreaker.pace(breaker);
        RedisWrites writes = RedisWrites.of(redisson, config.redis(), closing);
        ResultCache cache = new LocalResultCache(
                new RedisResultCache(redisson, breaker, pace, config.resultTtl(), writes.results(), identity),
                LOCAL_RESULTS,
                LOCAL_RESULT_AGE,
                identity);
        RedisEventLocks redisLocks =
                new RedisEventLocks(redisson, breaker, config.lockTimeout(), board, clock, writes.locks());
        closing.action("locks", redisLocks::awaitReleases);
        EventLocks locks = new NodeEventLocks(redisLocks);
        NodePublisher.Node self = new NodePublisher.Node(
                config.nodeName(),
                Version.read(),
                clock.instant(),
                config.lockTimeout(),
                () -> deliveriesInFlight(meters));
        // The client connects when it is first asked. That is here and not by a delivery, which would wait for it:
        // until
        // then Redis counts as away.
        NodePublisher reports = closing.add(
                "node reports",
                new NodePublisher(redisson, breaker, pace, board, self, clock, redisLocks::giveBackLeftovers));
        if (!reports.awaitFirst(FIRST_REPORT)) {
            breaker.open();
        }
        LockDirectory directory = new RedisLockDirectory(redisson, breaker, board, self, clock);

        // Services
        Originals originals = providers::readAgain;
        EventHandlers handlers = EventHandlers.builtInAnd(ServiceLoader.load(EventHandler.class));
        RetryPolicy retries = new RetryPolicy(config.deadLetterAfter(), config.deadLetterMinAge());
        EventProcessor processor = new EventProcessor(
                cache,
                locks,
                database,
                originals,
                handlers,
                retries,
                config.lockWait(),
                BackgroundThreads.afterCommit(closing),
                BackgroundThreads.lateRefusals(closing),
                clock,
                new ProcessingMeters(meters));
        StatusQuery status = new StatusQuery(
                cache,
                locks,
                database,
                List.copyOf(providers.names()),
                Math.max(1, config.database().poolSize() / STATUS_SHARE));
        DeliveryLog deliveries = closing.add(
                "delivery log",
                new DeliveryLog(database, schema::isApplied, config.nodeName(), providers.names(), meters));
        Retrier retrier = new Retrier(
                database,
                processor,
                originals,
                deliveries::add,
                clock,
                config.database().poolSize());

        SecureRandom random = new SecureRandom();
        Passwords passwords = new Passwords(random);
        Sessions sessions = new Sessions(pages, random, clock);
        Audit audit = new Audit(config.nodeName(), clock);
        SignIn signIn = new SignIn(pages, sessions, passwords, audit, clock);
        Users users = new Users(pages, sessions, passwords, audit, clock);
        Rehearsal rehearsal = new Rehearsal(pages, originals, handlers, retries, clock);
        Replay replay = new Replay(
                pages, processor, rehearsal, locks, originals, deliveries::add, audit, clock, config.nodeName());
        ReplayRunner runner = closing.add(
                "group replays",
                new ReplayRunner(
                        pages, replay, schema::isApplied, audit, clock, ReplayRunner.LEASE, config.nodeName()));

        Checks checks = closing.add(
                "checks",
                new Checks(pages, schema::isApplied, config.nodeName(), config.retention(), clock, audit, meters));

        // Closed before what its tasks use.
        Clockwork clockwork = new Clockwork(closing);
        applySchema(schema, clockwork);
        runner.start();
        FirstAdmin firstAdmin = new FirstAdmin(config.admin(), users);
        clockwork.repeat("look for a first admin", () -> whenApplied(schema, firstAdmin::create), FIRST_ADMIN_PAUSE);
        clockwork.repeat("end of sessions", () -> whenApplied(schema, () -> signIn.purge(PURGE_BATCH)), PURGE_PAUSE);
        clockwork.repeat("refresh of the database id", () -> whenApplied(schema, identity::refresh), IDENTITY_REFRESH);
        clockwork.repeat("retry of refused events", () -> whenApplied(schema, retrier::runDue), RETRY_PAUSE);
        closing.add(
                "forgetting",
                new RetentionRunner(
                        retention(config, pages, clock, meters), pages, schema::isApplied, config.nodeName()));
        closing.add("retrier", retrier);
        SumRetention sums = new SumRetention(pages, SumRetention.REJECTIONS, clock);
        clockwork.repeat("forgetting of sums", () -> whenApplied(schema, sums::runBatch), SUM_RETENTION_PAUSE);

        // Web
        BearerToken token = new BearerToken(config.apiToken());
        ProbedReadiness readiness = closing.add(
                "readiness probes",
                new ProbedReadiness(
                        () -> mySqlProblem(schema, pool, mySql),
                        () -> {
                            // Any answer will do; whether it can be used for deliveries is known from the breaker.
                            redisson.getBucket("webhook:probe").remainTimeToLive();
                            return Optional.empty();
                        },
                        () -> board.degraded().map(away -> new Readiness.Degraded(away.since(), away.events())),
                        clock));
        SourceAddress addresses = new SourceAddress(config.trustedProxies());
        BrowserOrigin origin = new BrowserOrigin(addresses);
        Gate gate = new Gate(sessions, token, origin, random);
        Site servlets = new Site(
                new WebhookServlet(
                        providers,
                        processing(processor, schema),
                        notesIn(deliveries),
                        new DeliveryMeters(meters, providers.names()),
                        addresses,
                        WebhookServlet.Limits.of(config.maxBodyBytes(), config.maxInFlight()),
                        closing.add("late answers", new LateAnswers()),
                        clock),
                new StatusServlet(
                        (id, provider) -> schema.isApplied() ? status.find(id, provider) : Optional.empty(),
                        token,
                        request -> schema.isApplied() && gate.signedIn(request).isPresent()),
                new HealthServlet(readiness),
                new MetricsServlet(meters, token, config.metricsArePublic()),
                origin);
        // The last to be added is closed first: while deliveries are in work nothing that they need may go.
        closing.action("deliveries in work", () -> drain(servlets.webhooks()));
        return new Started(
                servlets,
                new Dashboard(
                        gate,
                        banner(readiness, board),
                        schema::isApplied,
                        origin,
                        random,
                        clock,
                        signIn,
                        users,
                        new AuditQuery(pages),
                        new OrderHistories(pages, providers.names()),
                        checks,
                        new LivePages(
                                new OverviewQuery(pages, clock),
                                new LockQuery(directory, pages),
                                new LockRelease(directory, pages, audit),
                                directory,
                                board,
                                new RejectionQuery(pages, providers.names()),
                                readiness,
                                checks,
                                config.nodeName(),
                                providers.names()),
                        new LiveCounts(directory, board),
                        new EventSearch(pages, providers.names()),
                        new EventDetails(pages, audit, locks),
                        new Failures(pages),
                        replay,
                        new GroupReplay(pages, audit, clock)));
    }

    /** For people and for what runs behind: however long they take, no delivery waits for a connection because of them. */
    private Database pages(AppConfig.DatabaseConfig config, PrometheusMeterRegistry meters) {
        HikariDataSource pool = ConnectionPool.open(
                config.url(),
                config.user(),
                config.password(),
                "hooklatch-pages",
                PAGES_POOL_SIZE,
                PAGES_READ_TIMEOUT,
                PAGES_SILENT_TRANSACTION);
        pool.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(meters));
        closing.action("connection pool of the pages", () -> ConnectionPool.close(pool));
        return closing.add("deadlines of the pages", Database.ofAtMost(PAGES_AT_A_TIME, pool));
    }

    /** Redis is not asked for it: that it is away is known from those who did. */
    private static Banner banner(Readiness readiness, LockBoard board) {
        return () -> board.degraded()
                .map(away -> "Redis has been away since " + away.since().truncatedTo(ChronoUnit.SECONDS) + ": "
                        + String.format(Locale.ROOT, "%,d", away.events())
                        + (away.events() == 1 ? " event was" : " events were")
                        + " processed without it on this node, exactly once by MySQL alone.")
                .or(() -> {
                    Readiness.Dependency mysql = readiness.report().mysql();
                    return mysql.up()
                            ? Optional.empty()
                            : Optional.of(
                                    "MySQL has been away since " + mysql.since().truncatedTo(ChronoUnit.SECONDS)
                                            + ": deliveries are answered 503, and providers send them again.");
                });
    }

    private static Retention retention(AppConfig config, Database pages, Clock clock, MeterRegistry meters) {
        return new Retention(
                pages,
                config.retention(),
                config.payloadRetention(),
                clock,
                (kind, rows) -> Counter.builder("hooklatch.retention.forgotten")
                        .description("Rows that were forgotten because of their age; of payloads, the bodies of events")
                        .tag("kind", kind)
                        .register(meters)
                        .increment((double) rows));
    }

    private PrometheusMeterRegistry meters() {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        closing.action("meters", meters::close);
        new ClassLoaderMetrics().bindTo(meters);
        new JvmMemoryMetrics().bindTo(meters);
        new JvmThreadMetrics().bindTo(meters);
        new ProcessorMetrics().bindTo(meters);
        new UptimeMetrics().bindTo(meters);
        closing.add("garbage collection meters", collectorMeters(meters));
        return meters;
    }

    private static JvmGcMetrics collectorMeters(PrometheusMeterRegistry meters) {
        JvmGcMetrics collectors = new JvmGcMetrics();
        collectors.bindTo(meters);
        return collectors;
    }

    private static HikariDataSource pool(AppConfig.DatabaseConfig config, PrometheusMeterRegistry meters) {
        HikariDataSource pool =
                ConnectionPool.open(config.url(), config.user(), config.password(), "hooklatch", config.poolSize());
        pool.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(meters));
        return pool;
    }

    private MySqlBreaker mySqlBreaker(HikariDataSource pool, MeterRegistry meters) {
        MySqlBreaker breaker = closing.add("MySQL breaker", new MySqlBreaker(pool));
        Gauge.builder("hooklatch.mysql.away", breaker, b -> b.isOpen() ? 1 : 0)
                .description("1 while deliveries are answered 503 without asking MySQL")
                .register(meters);
        return breaker;
    }

    private static void countRetries(Database database, MeterRegistry meters) {
        for (Database.Retried cause : Database.Retried.values()) {
            FunctionCounter.builder("hooklatch.transaction.retries", database, d -> d.retries(cause))
                    .description("Transactions that were run again")
                    .tag("cause", cause.name().toLowerCase(Locale.ROOT))
                    .register(meters);
        }
    }

    private static void drain(WebhookServlet webhooks) throws InterruptedException {
        if (!webhooks.drain(LONGEST_DELIVERY)) {
            log.warn("deliveries are cut off; their providers send them again");
        }
    }

    private static Schema schema(AppConfig.DatabaseConfig config) {
        return new Schema(
                ConnectionPool.unpooled(config.url(), config.user(), config.password()),
                config.migration() == AppConfig.Migration.VALIDATE ? Schema.Mode.VALIDATE : Schema.Mode.MIGRATE);
    }

    /**
     * Applies the schema now. A database that cannot be reached is waited for in the background; one that a person must
     * look at stops the start.
     */
    private void applySchema(Schema schema, Clockwork clockwork) {
        try {
            schema.apply();
        } catch (DatabaseUnavailableException e) {
            log.warn("starting without MySQL: deliveries are answered 503 until it is there. {}", e.getMessage());
            clockwork.repeat("look for MySQL", () -> applyLate(schema), MYSQL_SEARCH);
        }
    }

    private void applyLate(Schema schema) {
        if (schema.isApplied()) {
            return;
        }
        try {
            schema.apply();
            log.info("MySQL is there");
        } catch (DatabaseUnavailableException e) {
            log.debug("MySQL is still away: {}", e.getMessage());
        } catch (SchemaException e) {
            // It is looked at every second, and said when it changes.
            if (!String.valueOf(e.getMessage()).equals(schemaProblem.getAndSet(e.getMessage()))) {
                log.error("deliveries are answered 503 until somebody mends this: {}", e.getMessage());
            }
        }
    }

    /** The processor, once its tables are there. */
    private static Processing processing(EventProcessor processor, Schema schema) {
        return new Processing() {
            @Override
            public Outcome process(WebhookEvent event, Deadline deadline, Consumer<Duration> lockWaits) {
                return schema.isApplied()
                        ? processor.process(event, deadline, lockWaits)
                        : new Outcome.StorageUnavailable();
            }

            @Override
            public Optional<Outcome> known(EventKey key, Payload payload) {
                return schema.isApplied() ? processor.known(key, payload) : Optional.empty();
            }
        };
    }

    private static int deliveriesInFlight(MeterRegistry meters) {
        Gauge gauge = meters.find(WebhookServlet.IN_FLIGHT).gauge();
        return gauge == null ? 0 : (int) gauge.value();
    }

    private static void whenApplied(Schema schema, Runnable task) {
        if (schema.isApplied()) {
            task.run();
        }
    }

    /** It is not asked while it is known to be away, nor when it has just answered somebody. */
    private static Optional<String> mySqlProblem(Schema schema, HikariDataSource pool, MySqlBreaker mySql)
            throws SQLException {
        if (!schema.isApplied()) {
            return Optional.of("not reachable yet, or its schema is not there");
        }
        if (mySql.isOpen()) {
            return Optional.of("does not answer");
        }
        if (mySql.workedWithin(MYSQL_IS_BELIEVED)) {
            return Optional.empty();
        }
        try (Connection connection = pool.getConnection()) {
            return MySqlBreaker.serves(connection) ? Optional.empty() : Optional.of("does not answer");
        }
    }

    private static DeliveryNotes notesIn(DeliveryLog log) {
        return new DeliveryNotes() {
            @Override
            public void delivered(Delivery delivery) {
                log.add(delivery);
            }

            @Override
            public boolean rejected(Rejection rejection) {
                return log.add(rejection);
            }
        };
    }
}

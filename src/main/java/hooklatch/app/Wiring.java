package hooklatch.app;

import com.mysql.cj.jdbc.AbandonedConnectionCleanupThread;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import dev.failsafe.CircuitBreaker;
import hooklatch.cache.LocalResultCache;
import hooklatch.cache.RedisResultCache;
import hooklatch.cache.ResultCache;
import hooklatch.dao.ConnectionPool;
import hooklatch.dao.Database;
import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.domain.Payload;
import hooklatch.domain.Rejection;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandler;
import hooklatch.handler.EventHandlers;
import hooklatch.lock.EventLocks;
import hooklatch.lock.RedisEventLocks;
import hooklatch.provider.Provider;
import hooklatch.provider.ProviderRegistry;
import hooklatch.service.DatabaseIdentity;
import hooklatch.service.DeliveryLog;
import hooklatch.service.EventProcessor;
import hooklatch.service.ProcessingMeters;
import hooklatch.service.RetryPolicy;
import hooklatch.service.StatusQuery;
import hooklatch.web.BearerToken;
import hooklatch.web.DeliveryMeters;
import hooklatch.web.DeliveryNotes;
import hooklatch.web.HealthServlet;
import hooklatch.web.HomeServlet;
import hooklatch.web.MetricsServlet;
import hooklatch.web.ProbedReadiness;
import hooklatch.web.Site;
import hooklatch.web.SourceAddress;
import hooklatch.web.StatusServlet;
import hooklatch.web.WebhookServlet;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
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
    private static final Duration IDENTITY_REFRESH = Duration.ofSeconds(2);
    private static final int REDIS_FAILURES = 3;
    private static final Duration REDIS_PAUSE = Duration.ofSeconds(2);

    private final Closing closing = new Closing();
    private final Site site;

    /**
     * Starts everything.
     *
     * @throws ConfigurationException when the configuration turns out to be unusable
     */
    public Wiring(AppConfig config) {
        boolean complete = false;
        try {
            this.site = start(config);
            complete = true;
        } finally {
            if (!complete) {
                closing.close();
            }
        }
    }

    /** All servlets, ready to be registered. */
    public Site site() {
        return site;
    }

    @Override
    public void close() {
        closing.close();
    }

    private Site start(AppConfig config) {
        Clock clock = Clock.systemUTC();
        PrometheusMeterRegistry meters = meters();
        ProviderRegistry providers = ProviderCatalog.registry(config, clock);

        // MySQL
        closing.action("Connector/J's cleanup thread", AbandonedConnectionCleanupThread::checkedShutdown);
        HikariDataSource pool = closing.add("connection pool", pool(config.database(), meters));
        Database database = new Database(pool);
        DatabaseIdentity identity = new DatabaseIdentity(database);
        ScheduledExecutorService clockwork = clockwork();
        repeat(clockwork, "refresh of the database id", identity::refresh, IDENTITY_REFRESH);

        // Redis
        RedissonClient redisson = RedisClient.open(config.redisUrl());
        closing.action("Redis client", () -> redisson.shutdown(0, 2, TimeUnit.SECONDS));
        CircuitBreaker<Object> breaker = CircuitBreaker.builder()
                .withFailureThreshold(REDIS_FAILURES)
                .withDelay(REDIS_PAUSE)
                .build();
        ResultCache cache = new LocalResultCache(
                new RedisResultCache(redisson, breaker, config.resultTtl(), identity),
                LOCAL_RESULTS,
                LOCAL_RESULT_AGE,
                identity);
        EventLocks locks = new RedisEventLocks(redisson, breaker, config.lockTimeout());

        // Services
        EventHandlers handlers = EventHandlers.builtInAnd(ServiceLoader.load(EventHandler.class));
        EventProcessor processor = new EventProcessor(
                cache,
                locks,
                database,
                (key, body) -> original(providers, key, body),
                handlers,
                new RetryPolicy(config.deadLetterAfter(), config.deadLetterMinAge()),
                config.lockWait(),
                clock,
                new ProcessingMeters(meters));
        StatusQuery status = new StatusQuery(cache, locks, database, List.copyOf(providers.names()));
        DeliveryLog deliveries = closing.add("delivery log", new DeliveryLog(database, config.nodeName(), meters));

        // Web
        BearerToken token = new BearerToken(config.apiToken());
        ProbedReadiness readiness = closing.add(
                "readiness probes",
                new ProbedReadiness(
                        () -> identity.get().isPresent() && answers(pool)
                                ? Optional.empty()
                                : Optional.of("not reachable, or without its schema"),
                        () -> breaker.isClosed()
                                        && redisson.getBucket("webhook:probe").remainTimeToLive() >= -2
                                ? Optional.empty()
                                : Optional.of("not reachable"),
                        clock));
        return new Site(
                new WebhookServlet(
                        providers,
                        processor::process,
                        notesIn(deliveries),
                        new DeliveryMeters(meters, providers.names()),
                        new SourceAddress(config.trustedProxies()),
                        WebhookServlet.Limits.of(config.maxBodyBytes(), config.maxInFlight()),
                        clock),
                new StatusServlet(status::find, token),
                new HealthServlet(readiness),
                new MetricsServlet(meters, token, config.metricsArePublic()),
                new HomeServlet(providers.names()));
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

    private ScheduledExecutorService clockwork() {
        ScheduledExecutorService clockwork = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "hooklatch-clockwork");
            thread.setDaemon(true);
            return thread;
        });
        closing.action("clockwork", () -> {
            clockwork.shutdownNow();
            if (!clockwork.awaitTermination(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a task does not end");
            }
        });
        return clockwork;
    }

    /** One failure must not end the repetition, as the executor would have it. */
    private void repeat(ScheduledExecutorService clockwork, String name, Runnable task, Duration pause) {
        Runnable guarded = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("{} failed unexpectedly; it is tried again in {}", name, pause, e);
            }
        };
        ScheduledFuture<?> repetition =
                clockwork.scheduleWithFixedDelay(guarded, 0, pause.toMillis(), TimeUnit.MILLISECONDS);
        closing.action(name, () -> repetition.cancel(true));
    }

    private static boolean answers(HikariDataSource pool) throws java.sql.SQLException {
        try (java.sql.Connection connection = pool.getConnection()) {
            return connection.isValid(1);
        }
    }

    /** Reads a stored body again. Where the id is in a header, that header is the id it was stored under. */
    private static Optional<WebhookEvent> original(ProviderRegistry providers, EventKey key, byte[] body) {
        return providers
                .configured(key.provider())
                .map(provider -> provider.read(new Payload(body), header -> List.of(key.eventId())))
                .flatMap(reading -> reading instanceof Provider.Reading.Event read
                        ? Optional.of(read.event().as(key))
                        : Optional.empty());
    }

    private static DeliveryNotes notesIn(DeliveryLog log) {
        return new DeliveryNotes() {
            @Override
            public void delivered(Delivery delivery) {
                log.add(delivery);
            }

            @Override
            public void rejected(Rejection rejection) {
                log.add(rejection);
            }
        };
    }
}

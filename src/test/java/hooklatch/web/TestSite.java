package hooklatch.web;

import hooklatch.domain.Deadline;
import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.EventStatus;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.Rejection;
import hooklatch.domain.WebhookEvent;
import hooklatch.provider.ProviderRegistry;
import hooklatch.testing.RawHttp;
import hooklatch.testing.TestJetty;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All endpoints on a Jetty, over collaborators that record what they are given and answer as they are told. */
final class TestSite implements AutoCloseable, DeliveryNotes, StatusLookup, Readiness {
    static final String TOKEN = "t0ken";
    static final Dependency UP = new Dependency(true, null, Instant.EPOCH);

    final Queue<WebhookEvent> events = new ConcurrentLinkedQueue<>();
    final Queue<Delivery> deliveries = new ConcurrentLinkedQueue<>();
    final Queue<Rejection> rejections = new ConcurrentLinkedQueue<>();
    final Map<String, String> statuses = new ConcurrentHashMap<>();
    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    volatile Processing processing = (event, deadline, lockWaits) -> processed(event, "{\"ok\":1}");
    final WebhookServlet webhooks;
    /** Runs when an answer closes its connection, which only a late one does. */
    volatile @Nullable Runnable atLateAnswers;

    volatile Report report = new Report(UP, UP, Optional.empty());
    private final ProviderRegistry providers = ProviderRegistry.builder(
                    name -> name.equals("acme") ? List.of("secret") : List.of(),
                    Duration.ofMinutes(5),
                    Clock.systemUTC())
            .register("acme", settings -> new AcmeProvider())
            .register("later", settings -> new AcmeProvider())
            .build();
    private final LateAnswers lateAnswers = new LateAnswers();
    private final TestJetty jetty;

    TestSite(WebhookServlet.Limits limits) throws Exception {
        this(limits, List.of());
    }

    TestSite(WebhookServlet.Limits limits, List<CidrBlock> trustedProxies) throws Exception {
        BearerToken token = new BearerToken(TOKEN);
        Processing recorded = new Processing() {
            @Override
            public Outcome process(WebhookEvent event, Deadline deadline, Consumer<Duration> lockWaits) {
                events.add(event);
                return processing.process(event, deadline, lockWaits);
            }

            @Override
            public Optional<Outcome> known(EventKey key, Payload payload) {
                return processing.known(key, payload);
            }
        };
        webhooks = new WebhookServlet(
                providers,
                recorded,
                this,
                new DeliveryMeters(registry, providers.names()),
                new SourceAddress(trustedProxies),
                limits,
                lateAnswers,
                Clock.systemUTC());
        Site site = new Site(
                webhooks,
                new StatusServlet(this, token, request -> false),
                new HealthServlet(this),
                new MetricsServlet(registry, token, false),
                new BrowserOrigin(new SourceAddress(trustedProxies)));
        jetty = TestJetty.running(context -> {
            site.addTo(context);
            FilterRegistration.Dynamic tap = context.addFilter("late answers", this::tapLateAnswers);
            tap.setAsyncSupported(true);
            tap.addMappingForUrlPatterns(null, false, "/*");
        });
    }

    private void tapLateAnswers(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Runnable tap = atLateAnswers;
        chain.doFilter(
                request,
                tap == null
                        ? response
                        : new HttpServletResponseWrapper((HttpServletResponse) response) {
                            @Override
                            public void setHeader(String name, String value) {
                                if (name.equals("Connection")) {
                                    tap.run();
                                }
                                super.setHeader(name, value);
                            }
                        });
    }

    static WebhookServlet.Limits limits() {
        return new WebhookServlet.Limits(1000, 4, 64_000, Duration.ofSeconds(1), Duration.ofMillis(4300));
    }

    static Outcome processed(WebhookEvent event, String result) {
        return new Outcome.Processed(record(event.key(), result));
    }

    static EventRecord record(EventKey key, String result) {
        return new EventRecord(
                key, "t", EventStatus.PROCESSED, result, null, 1, Instant.EPOCH, Instant.EPOCH.plusSeconds(1), "");
    }

    static String post(String path, String headers, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n" + headers
                + "\r\n" + body;
    }

    static String good(String id) {
        return post("/webhooks/acme", "X-Acme-Signature: good\r\n", "{\"id\":\"" + id + "\"}");
    }

    RawHttp connect() throws IOException {
        return new RawHttp(jetty.port(), Duration.ofSeconds(8));
    }

    /** One request on a connection of its own. */
    RawHttp.Answer ask(String request) throws IOException {
        try (RawHttp connection = connect()) {
            connection.send(request);
            return connection.read();
        }
    }

    RawHttp.Answer get(String path, String headers) throws IOException {
        return ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    }

    @Override
    public void delivered(Delivery delivery) {
        deliveries.add(delivery);
    }

    @Override
    public boolean rejected(Rejection rejection) {
        rejections.add(rejection);
        return true;
    }

    @Override
    public Optional<String> find(String eventId, @Nullable String provider) {
        return Optional.ofNullable(statuses.get(provider + "/" + eventId));
    }

    @Override
    public Report report() {
        return report;
    }

    @Override
    public void close() {
        jetty.close();
        lateAnswers.close();
    }
}

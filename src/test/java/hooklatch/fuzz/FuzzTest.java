package hooklatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.testing.Browser;
import hooklatch.testing.BuildDirectory;
import hooklatch.testing.DashboardSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Hostile requests against the whole application on real servers: no answer fails, tells of the inside or repeats what it
 * should keep to itself, nor does the log; what was accepted is in the database, and nothing else is.
 *
 * <p>{@code -Dfuzz.inputs} says how many, {@code -Dfuzz.seed} from which seed, {@code -Dfuzz.from} from which number on: a
 * failure prints what makes its input again.
 */
class FuzzTest {
    private static final int INPUTS = 10_000;
    private static final int SENDERS = 16;
    private static final int ENOUGH = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** Thirty of each kind, and there are some forty. */
    private static final int LINES_A_MINUTE = 1_200;
    /** Small, so that a body beyond it costs little. */
    private static final int MAX_BODY = 65_536;

    private static final String RAZORPAY_SECRET = "razorpay-canary-5e1f00d2";
    private static final String STANDARD_SECRET = "whsec_c3RhbmRhcmQtY2FuYXJ5LWtleS0wMTIzNDU2Nzg5";
    /** True, and for the provider to answer for: among these senders, who have the secrets, some give back any amount. */
    private static final Pattern ABOVE_PAID =
            Pattern.compile("the checks found \\d+ violations \\(refunds_above_paid \\d+\\); ");

    private static final String STRIPE_SECRET = "whsec_stripe_canary_90ab17";
    private static final String OPERATOR = "olga";
    private static final String OPERATOR_PASSWORD = "operator canary 31c9";

    private final long seed =
            Long.getLong("fuzz.seed", ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE));
    private final long from = Long.getLong("fuzz.from", 0);
    private final long inputs = Long.getLong("fuzz.inputs", INPUTS);

    private final AtomicLong next = new AtomicLong(from);
    private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> nanos = new ConcurrentHashMap<>();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Set<String> paid = ConcurrentHashMap.newKeySet();

    @Test
    void hostileRequestsMakeNothingFailAndNothingLeak() throws Exception {
        System.out.printf("FuzzTest: seed %d, inputs %d from %d%n", seed, inputs, from);
        try (DashboardSite site = DashboardSite.open(
                "/",
                Map.of(
                        "STRIPE_WEBHOOK_SECRET", STRIPE_SECRET,
                        "RAZORPAY_WEBHOOK_SECRET", RAZORPAY_SECRET,
                        "STANDARD_WEBHOOK_SECRET", STANDARD_SECRET,
                        "WEBHOOK_MAX_BODY_BYTES", Integer.toString(MAX_BODY),
                        "DB_POOL_SIZE", "8"),
                SENDERS + 8)) {
            // Not durable for as long as this takes: nothing here is about that, and waiting for the disk is most of
            // the time.
            site.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
            site.execute("INSERT INTO orders (id, total_amount) SELECT seq, 49.99 FROM seq_1_to_" + Generator.ORDERS);
            Browser admin = site.admin();
            Browser operator = operator(site, admin);
            Canaries canaries = Canaries.of(List.of(
                    STRIPE_SECRET,
                    RAZORPAY_SECRET,
                    STANDARD_SECRET,
                    STANDARD_SECRET.substring("whsec_".length()),
                    DashboardSite.TOKEN,
                    DashboardSite.PASSWORD,
                    OPERATOR_PASSWORD,
                    session(admin),
                    session(operator)));
            Generator generator = new Generator(
                    seed,
                    Map.of("stripe", STRIPE_SECRET, "razorpay", RAZORPAY_SECRET, "standard", STANDARD_SECRET),
                    new Generator.Visitors(
                            DashboardSite.TOKEN,
                            "hooklatch_session=" + session(admin),
                            "hooklatch_session=" + session(operator),
                            operator.get("/dashboard/locks").token()));
            try (LogTap log = LogTap.on(canaries)) {
                long start = System.nanoTime();
                sendAll(generator, new Oracle(canaries), site.uri().getPort());
                report(Duration.ofNanos(System.nanoTime() - start), log);
                assertThat(problems).as("seed %d", seed).isEmpty();
                JsonNode checks = checks(admin);
                assertThat(checks.path("checks"))
                        .as("checks that the product makes itself, seed %d: %s", seed, checks)
                        .hasSizeGreaterThan(8)
                        .filteredOn(check -> check.path("severity").asText().equals("violation"))
                        .filteredOn(check -> !check.path("name").asText().equals("refunds_above_paid"))
                        .allSatisfy(check ->
                                assertThat(check.path("count").asInt(-1)).isZero());
                assertThat(log.problems())
                        .as("the log, seed %d", seed)
                        .filteredOn(line -> !ABOVE_PAID.matcher(line).find())
                        .isEmpty();
                assertThat(log.count("refused {} from"))
                        .as("lines about requests that were turned away")
                        .isLessThan(
                                (2 + Duration.ofNanos(System.nanoTime() - start).toMinutes()) * LINES_A_MINUTE);
            }
            assertThatWhatWasAcceptedIsThere(site);
            assertThatNothingElseIsThere(site);
            site.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
        }
    }

    private static JsonNode checks(Browser admin) throws Exception {
        return admin.get("/dashboard/checks.json?run=now").json();
    }

    private static Browser operator(DashboardSite site, Browser admin) throws Exception {
        Browser.Page made = admin.post(
                "/dashboard/users",
                "/dashboard/users",
                "do",
                "create",
                "username",
                OPERATOR,
                "password",
                OPERATOR_PASSWORD,
                "role",
                "operator");
        assertThat(made.status()).as(made.body()).isEqualTo(303);
        return site.signedIn(OPERATOR, OPERATOR_PASSWORD);
    }

    private static String session(Browser browser) {
        return browser.cookies().getOrDefault("hooklatch_session", "");
    }

    private void sendAll(Generator generator, Oracle oracle, int port) throws Exception {
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                running.add(senders.submit(() -> send(generator, oracle, port)));
            }
            for (Future<?> sender : running) {
                sender.get();
            }
        } finally {
            senders.shutdownNow();
        }
    }

    private void send(Generator generator, Oracle oracle, int port) {
        try (Wire wire = new Wire(port, PATIENCE)) {
            for (long number = next.getAndIncrement();
                    number < from + inputs && problems.size() < ENOUGH;
                    number = next.getAndIncrement()) {
                Input input = generator.input(number);
                Answer answer = null;
                String problem;
                long start = System.nanoTime();
                try {
                    answer = wire.exchange(input);
                    problem = oracle.problemWith(input, answer);
                } catch (IOException | RuntimeException e) {
                    problem = "no answer: " + e;
                }
                nanos.computeIfAbsent(input.kind(), any -> new AtomicLong()).addAndGet(System.nanoTime() - start);
                if (problem != null) {
                    problems.add(problem + " [" + input.kind() + ", -Dfuzz.seed=" + seed + " -Dfuzz.from=" + number
                            + " -Dfuzz.inputs=1]\n--- sent\n" + input.shown() + "\n--- answered\n"
                            + (answer == null ? "nothing" : answer.head() + answer.body()) + "\n---\n");
                }
                note(input, answer);
            }
        } catch (IOException e) {
            problems.add("a connection could not be closed: " + e);
        }
    }

    private void note(Input input, @Nullable Answer answer) {
        String outcome =
                answer == null ? "-" : Oracle.isRefusal(answer) ? "refused" : Integer.toString(answer.status());
        answers.computeIfAbsent(input.kind() + "|" + outcome, any -> new AtomicLong())
                .incrementAndGet();
        Input.Signed signed = input.signed();
        JsonNode body = signed == null || answer == null || answer.status() != 200 ? null : Oracle.tree(answer);
        if (signed == null || body == null || !body.path("status").asText().matches("success|already_processed")) {
            return;
        }
        accepted.add(
                signed.provider() + " " + signed.id() + "\n#" + signed.body().sha256Hex());
        JsonNode result = body.has("result") ? body.path("result") : body.path("previous_result");
        if (result.path("action").asText().equals("payment_success")) {
            paid.add(signed.provider() + " " + result.path("payment_id").asText());
        }
    }

    private void assertThatWhatWasAcceptedIsThere(DashboardSite site) throws Exception {
        Set<String> stored = column(
                site,
                "SELECT CONCAT(provider, ' ', event_id) FROM webhook_events WHERE status IN ('processed', 'skipped')");
        stored.addAll(column(site, "SELECT CONCAT('#', LOWER(HEX(body_sha256))) FROM webhook_bodies"));
        // By its id, or by its body where no signature covers the id.
        List<String> lost = accepted.stream()
                .filter(event -> Arrays.stream(event.split("\n", 2)).noneMatch(stored::contains))
                .toList();
        assertThat(lost).as("answered 2xx and not there, seed %d", seed).isEmpty();
        assertThat(accepted).as("events that were accepted").hasSizeGreaterThan((int) (inputs / 50));
    }

    private void assertThatNothingElseIsThere(DashboardSite site) throws Exception {
        Set<String> completed =
                column(site, "SELECT CONCAT(provider, ' ', payment_id) FROM payments WHERE status = 'completed'");
        assertThat(completed)
                .as("payments of which the sender was told, seed %d", seed)
                .containsAll(paid);
        Set<String> told = column(site, """
                SELECT CONCAT(provider, ' ', JSON_VALUE(result, '$.payment_id')) FROM webhook_events
                WHERE status = 'processed' AND JSON_VALUE(result, '$.action') = 'payment_success'""");
        assertThat(completed)
                .as("payments and the events that made them, seed %d", seed)
                .isEqualTo(told);
    }

    private static Set<String> column(DashboardSite site, String sql) throws Exception {
        Set<String> values = new HashSet<>();
        try (Connection connection = site.connection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    private double meanMillis(String kind, Map<String, Long> statuses) {
        long count = statuses.values().stream().mapToLong(Long::longValue).sum();
        return nanos.getOrDefault(kind, new AtomicLong()).get() / 1e6 / count;
    }

    private void report(Duration time, LogTap log) throws IOException {
        Map<String, Map<String, Long>> byKind = new TreeMap<>();
        answers.forEach((key, count) -> {
            String[] parts = key.split("\\|", 2);
            byKind.computeIfAbsent(parts[0], any -> new TreeMap<>()).put(parts[1], count.get());
        });
        Map<String, Long> all = new HashMap<>();
        byKind.values().forEach(kind -> kind.forEach((status, count) -> all.merge(status, count, Long::sum)));
        StringBuilder text = new StringBuilder(String.format(
                "FuzzTest: seed %d, %d inputs in %.1f s (%.0f/s), %d events accepted, %d problems%n",
                seed,
                inputs,
                time.toMillis() / 1e3,
                inputs / (time.toMillis() / 1e3),
                accepted.size(),
                problems.size()));
        byKind.forEach((kind, statuses) ->
                text.append(String.format("  %-22s %6.1f ms  %s%n", kind, meanMillis(kind, statuses), statuses)));
        text.append(String.format("  %-22s %s%n", "all", new TreeMap<>(all)));
        text.append(String.format("  %d lines logged from INFO on:%n%s", log.count(), log.summary()));
        log.problems().forEach(problem -> text.append(String.format("  %s%n", problem)));
        System.out.print(text);
        Path file = BuildDirectory.path().resolve("fuzz").resolve("report.txt");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

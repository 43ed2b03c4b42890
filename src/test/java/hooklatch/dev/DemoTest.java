package hooklatch.dev;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.dev.SendOptions.UsageException;
import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;

/** The stream, sent to the whole application, and what somebody new sees of it. */
class DemoTest {
    /** Each page of the menu and each page that these lead to, and what is on it once there is something to see. */
    private static final Map<String, Predicate<Document>> PAGES = new LinkedHashMap<>();

    static {
        PAGES.put(
                "/dashboard/overview",
                page -> has(page, "#attention li")
                        && has(page, "#traffic .bars rect")
                        && has(page, ".s-dead_lettered")
                        && rows(page, "#nodes") > 1);
        PAGES.put("/dashboard/events", page -> rows(page, "#rows") >= 50);
        PAGES.put("/dashboard/events?status=processed", DemoTest::hasRows);
        PAGES.put("/dashboard/events?status=failed", DemoTest::hasRows);
        PAGES.put("/dashboard/events?status=skipped", DemoTest::hasRows);
        PAGES.put(
                "/dashboard/events?status=dead_lettered",
                page -> hasRows(page) && page.text().contains("evt_demo_5_hours_old"));
        PAGES.put("/dashboard/events?view=duplicates", DemoTest::hasRows);
        PAGES.put("/dashboard/failures", page -> page.select("section.failure").size() > 1);
        PAGES.put(
                "/dashboard/replays",
                page -> hasRows(page)
                        && page.text().contains("Demo: ")
                        && page.text().contains("Done"));
        PAGES.put(
                "/dashboard/locks",
                page -> rows(page, "#locks-table") > 0
                        && page.text().contains("demo-node-that-stopped")
                        && page.text().contains("not alive"));
        PAGES.put("/dashboard/rejected", DemoTest::hasRows);
        PAGES.put(
                "/dashboard/checks",
                page -> page.text().contains("Everything was checked") && has(page, ".badge.warn"));
        PAGES.put(
                "/dashboard/users",
                page -> rows(page, "#rows") == 2 && page.text().contains(DemoOperator.NAME));
        PAGES.put(
                "/dashboard/audit",
                page -> page.text().contains("Demo: ")
                        && List.of("event_replayed", "lock_release", "payload.revealed").stream()
                                .allMatch(page.text()::contains));
    }

    private static boolean has(Document page, String selector) {
        return page.selectFirst(selector) != null;
    }

    private static int rows(Document page, String table) {
        return page.select(table + " tbody tr").size();
    }

    private static boolean hasRows(Document page) {
        return rows(page, "#rows") > 0;
    }

    @Test
    void somebodyNewSeesEveryPageFilledWithinTheTimeOfTheDemo() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (DashboardSite site = DashboardSite.open("/", DemoShop.SECRETS)) {
            Browser visitor = site.admin();
            CompletableFuture<Map<String, Integer>> demo =
                    CompletableFuture.supplyAsync(() -> run(site, new PrintStream(printed, true, UTF_8)));
            Map<String, Predicate<Document>> empty = new LinkedHashMap<>(PAGES);
            do {
                for (Map.Entry<String, Predicate<Document>> page : List.copyOf(empty.entrySet())) {
                    Document seen = Jsoup.parse(visitor.get(page.getKey()).body());
                    if (page.getValue().test(seen)) {
                        empty.remove(page.getKey());
                    }
                }
            } while (!empty.isEmpty() && !demo.isDone());
            Map<String, Integer> answers = demo.join();
            assertThat(empty.keySet()).as("pages that nobody saw filled").isEmpty();
            assertThat(answers)
                    .as(printed.toString(UTF_8))
                    .containsKeys("HTTP 200", "HTTP 401", "HTTP 409", "HTTP 500");
            assertThat(printed.toString(UTF_8))
                    .as("each lock that was left behind was released")
                    .doesNotContain("had expired");
            assertThat(ordersOf(visitor)).contains("PAID", "FAILED", "PARTIALLY_REFUNDED", "REFUNDED");
            Document replay = Jsoup.parse(visitor.get("/dashboard/replays/1").body());
            assertThat(replay.text())
                    .as("what was refused is replayed, and not the dead letter alone")
                    .contains("status failed");
            assertThat(site.query("SELECT COUNT(*) FROM webhook_replays WHERE job_id IS NULL"))
                    .as("the late order's event and the dead letter")
                    .isEqualTo("2");
            assertThat(site.query("SELECT disabled_at IS NOT NULL FROM dashboard_users WHERE username = 'demo'"))
                    .as("nobody is left who could sign in as the demo")
                    .isEqualTo("1");
        }
    }

    private static Map<String, Integer> run(DashboardSite site, PrintStream out) {
        try {
            return new Demo(
                            DemoOptions.parse(List.of(
                                    "--rate",
                                    "60",
                                    "--seconds",
                                    "12",
                                    "--seed",
                                    "7",
                                    "--url",
                                    site.uri().toString().replaceFirst("/$", ""))),
                            new DevSettings(site.settings(), new Properties()),
                            Clock.systemUTC(),
                            out)
                    .run();
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    /** The verdicts on the pages of the orders that the list of events leads to. */
    private static String ordersOf(Browser visitor) throws IOException, InterruptedException {
        List<String> verdicts = new ArrayList<>();
        for (String type : List.of("payment_intent.succeeded", "payment_intent.payment_failed", "refund.created")) {
            Document events = Jsoup.parse(visitor.get("/dashboard/events?status=processed&type=" + type)
                    .body());
            for (String order : events.select("td[data-label=Order] a").eachAttr("href").stream()
                    .distinct()
                    .limit(15)
                    .toList()) {
                verdicts.add(Jsoup.parse(visitor.get(order).body())
                        .select(".state h2")
                        .text());
            }
        }
        return String.join(" ", verdicts);
    }

    @Test
    void wrongOptionsAreNamed() {
        assertThatThrownBy(() -> DemoOptions.parse(List.of("--rate", "0")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--rate");
        assertThatThrownBy(() -> DemoOptions.parse(List.of("--seconds", "soon")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--seconds is not a number: soon");
        assertThatThrownBy(() -> DemoOptions.parse(List.of("--fast")))
                .isInstanceOf(UsageException.class)
                .hasMessage("Unknown option: --fast");
    }
}

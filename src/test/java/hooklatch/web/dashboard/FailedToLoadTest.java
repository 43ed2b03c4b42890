package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each page while MySQL hangs: its tables are locked by somebody who does not let go. First all but those that a sign-in needs,
 * so that the pages themselves have nothing to show; then these too.
 */
class FailedToLoadTest {
    /** They read who is signed in and no more; locks and their release ask MySQL only about what is on the board. */
    private static final Set<String> NEED_NONE = Set.of(
            "/dashboard/locks",
            LockReleaseServlet.PATH,
            "/dashboard/logout",
            "/dashboard/account",
            "/dashboard/users",
            UserChangeServlet.PATH);

    private static final Map<String, Browser.Page> ANSWERS = new LinkedHashMap<>();
    private static final Map<String, Browser.Page> WITHOUT_SIGN_IN = new LinkedHashMap<>();
    private static final Map<String, Browser.Page> FORMS = new LinkedHashMap<>();
    private static final Map<String, Browser.Page> FORMS_WITHOUT_SIGN_IN = new LinkedHashMap<>();
    private static final String REASON = "the customer <b>called</b>";
    private static final String USER_CHANGE = UserChangeServlet.PATH + "?do=sign-out&id=1";
    /** Who sent the form of {@link #USER_CHANGE} while its page could not say whether it was done. */
    private static @Nullable Browser afterwards;

    private static DashboardSite site;

    @BeforeAll
    static void openEachPageWhileMySqlHangs() throws Exception {
        site = DashboardSite.open();
        Browser admin = site.admin();
        String token = admin.get("/dashboard/users").token();
        try (Connection connection = site.connection();
                Statement sql = connection.createStatement()) {
            sql.execute("LOCK TABLES " + tables("TABLE_NAME NOT LIKE 'dashboard%'"));
            // Remembered for a moment: long enough to send all forms, however many connections hang meanwhile.
            assertThat(admin.get("/dashboard/account").status()).isEqualTo(200);
            FORMS.putAll(forms(admin, token));
            await("the sign-in is remembered")
                    .until(() -> admin.get("/dashboard/account").status() == 200);
            ANSWERS.putAll(answers(admin));
            sql.execute("LOCK TABLES " + tables("TRUE"));
            await("the node does not remember the sign-in any more")
                    .until(() -> admin.get("/dashboard/account").status() == 503);
            WITHOUT_SIGN_IN.putAll(answers(admin));
            FORMS_WITHOUT_SIGN_IN.putAll(forms(admin, token));
        }
    }

    /** Forms by the page that they stand on. */
    private static Map<String, String[]> formsToSend() {
        return Map.of(
                "/dashboard/replay?provider=stripe&event_id=evt_1",
                new String[] {"provider", "stripe", "event_id", "evt_1", "action", "replay", "reason", REASON},
                "/dashboard/replay-group?provider=stripe",
                new String[] {
                    "provider",
                    "stripe",
                    "newest",
                    "1",
                    "request",
                    "00000000-0000-0000-0000-000000000000",
                    "reason",
                    REASON
                },
                "/dashboard/replays/1",
                new String[] {"reason", REASON},
                USER_CHANGE,
                new String[] {"do", "sign-out", "id", "1", "reason", REASON},
                LockReleaseServlet.PATH + "?provider=stripe&event_id=evt_1&holder=a%3A1",
                new String[] {"provider", "stripe", "event_id", "evt_1", "holder", "a:1", "reason", REASON});
    }

    private static Browser.Page send(Browser browser, String path, String token, String... fields) throws Exception {
        List<String> all = new ArrayList<>(List.of(fields));
        all.addAll(List.of("csrf", token, "signed-in-as", DashboardSite.ADMIN));
        return browser.postBare(path, all.toArray(String[]::new));
    }

    private static Map<String, Browser.Page> forms(Browser admin, String token) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Map<String, Future<Browser.Page>> sent = new LinkedHashMap<>();
            formsToSend().forEach((form, fields) -> {
                Browser browser = admin.at(site::uri);
                if (form.equals(USER_CHANGE) && afterwards == null) {
                    afterwards = browser;
                }
                sent.put(form, threads.submit(() -> send(browser, form.replaceFirst("\\?.*", ""), token, fields)));
            });
            Map<String, Browser.Page> answers = new LinkedHashMap<>();
            for (Map.Entry<String, Future<Browser.Page>> one : sent.entrySet()) {
                answers.put(one.getKey(), one.getValue().get());
            }
            return answers;
        } finally {
            threads.shutdown();
        }
    }

    private static String tables(String which) throws Exception {
        return site.query("SELECT GROUP_CONCAT(CONCAT(TABLE_NAME, ' WRITE')) FROM information_schema.TABLES"
                + " WHERE TABLE_SCHEMA = DATABASE() AND " + which);
    }

    /** All at once: each waits as long as it is ready to. */
    private static Map<String, Browser.Page> answers(Browser admin) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Map<String, Future<Browser.Page>> asked = new LinkedHashMap<>();
            for (String address : pages()) {
                Browser browser = admin.at(site::uri);
                asked.put(address, threads.submit(() -> browser.get(address)));
                asked.put(
                        PageList.twin(address),
                        threads.submit(() -> browser.at(site::uri).get(PageList.twin(address))));
            }
            Map<String, Browser.Page> answers = new LinkedHashMap<>();
            for (Map.Entry<String, Future<Browser.Page>> one : asked.entrySet()) {
                answers.put(one.getKey(), one.getValue().get());
            }
            return answers;
        } finally {
            threads.shutdown();
        }
    }

    @AfterAll
    static void close() {
        site.close();
    }

    static List<String> pages() {
        return PageList.addresses();
    }

    private static Browser.Page of(Map<String, Browser.Page> answers, String address) {
        return Objects.requireNonNull(answers.get(address));
    }

    /** Whether it may be whole; or not, when even who is signed in could not be asked in time. */
    private static boolean needsNoneOfTheLockedTables(String address) {
        return NEED_NONE.stream().anyMatch(page -> address.equals(page) || address.startsWith(page + "?"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageSaysThatItFailedToLoadAndHowToTryAgain(String address) {
        Browser.Page page = of(ANSWERS, address);
        if (needsNoneOfTheLockedTables(address) && page.status() == 200) {
            return;
        }
        assertThat(page.body()).contains("Failed to load", "MySQL did not answer in time");
        if (address.equals("/dashboard/overview") && page.status() == 200) {
            // What needs no MySQL is still told: a part of the page failed.
            assertThat(page.body()).contains("Try again", "<h2>Health</h2>", "Sign out");
            assertThat(page.body()).as("no false all-clear").doesNotContain("No failed event waits");
            return;
        }
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.body())
                .as("its heading is not said twice")
                .contains("<h1>Failed to load</h1>", "<h2>MySQL did not answer in time</h2>");
        assertThat(page.header("Retry-After")).isEqualTo("5");
        assertThat(page.body())
                .contains("<a class=\"button primary\" href=\"" + address.replace("&", "&amp;") + "\">Try again</a>");
    }

    static Stream<Arguments> traces() {
        return Stream.of(
                Arguments.of(
                        "/dashboard/replay?provider=stripe&event_id=evt_1", null, "Look at the replays of the event"),
                Arguments.of(
                        "/dashboard/replay-group?provider=stripe", "/dashboard/replays", "Look at the group replays"),
                Arguments.of("/dashboard/replays/1", null, "Look at the group replay"),
                Arguments.of(USER_CHANGE, "/dashboard/users", "Look at the users"),
                Arguments.of(
                        LockReleaseServlet.PATH + "?provider=stripe&event_id=evt_1&holder=a%3A1",
                        "/dashboard/locks",
                        "Look at the held locks"));
    }

    private static String link(String path) {
        return "href=\"" + path.replace("&", "&amp;") + "\"";
    }

    @ParameterizedTest
    @MethodSource("traces")
    void whetherAFormWasActedUponIsSaidNotToBeKnownAndWhereToLook(String form, @Nullable String trace, String label) {
        Browser.Page page = of(FORMS, form);
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.header("Retry-After")).isEqualTo("5");
        assertThat(page.body())
                .contains("Whether it was done is not known")
                .contains("the customer &lt;b&gt;called&lt;/b&gt;")
                .contains(link(trace == null ? form : trace) + ">" + label)
                .doesNotContain("Try again", "<b>called");
        if (trace != null) {
            assertThat(page.body()).contains(link(form) + ">Back to the form");
        }
    }

    @ParameterizedTest
    @MethodSource("traces")
    void aFormThatWasNotBegunIsSaidNotToBeDone(String form, @Nullable String trace, String label) {
        Browser.Page page = of(FORMS_WITHOUT_SIGN_IN, form);
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.body())
                .contains("Nothing was done", "before anything was begun")
                .contains(link(form) + ">Back to the form")
                .doesNotContain(label, "not known");
    }

    @Test
    void whoComesBackToTheFormFindsTheReasonInIt() throws Exception {
        Browser browser = Objects.requireNonNull(afterwards);
        assertThat(browser.get(USER_CHANGE).body())
                .contains("MySQL did not say whether what you sent was done")
                .contains("value=\"the customer &lt;b&gt;called&lt;/b&gt;\"");
        assertThat(browser.get(USER_CHANGE).body()).as("once").doesNotContain("called");
    }

    @Test
    void whoIsRememberedToBeSignedInSeesThatHeIs() {
        assertThat(ANSWERS.values())
                .anyMatch(page -> page.status() == 503 && page.body().contains("Sign out"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aTwinSaysItInItsOwnWay(String address) {
        Browser.Page twin = of(ANSWERS, PageList.twin(address));
        boolean whole = needsNoneOfTheLockedTables(address) || address.equals("/dashboard/overview");
        if (!whole || twin.status() == 503) {
            assertThat(twin.status()).isEqualTo(503);
            assertThat(twin.body()).isEqualTo("{\"error\":\"Storage unavailable\"}");
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void withoutTheSignInEveryPageSaysTheSame(String address) {
        Browser.Page page = of(WITHOUT_SIGN_IN, address);
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.body()).contains("Failed to load", ">Try again</a>").doesNotContain("Sign out");
        assertThat(of(WITHOUT_SIGN_IN, PageList.twin(address)).status()).isEqualTo(503);
    }

    @Test
    void whenMySqlIsBackSoAreThePages() throws Exception {
        await().untilAsserted(() ->
                assertThat(site.admin().get("/dashboard/events").status()).isEqualTo(200));
    }
}

package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.domain.Json;
import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and who is not, asked over HTTP of two nodes that share one MySQL. */
class AccessTest {
    /** Every path that takes a form. A room that adds an action adds its path. */
    private static final String[] FORMS = {"/dashboard/users", "/dashboard/account", "/dashboard/logout"};

    private static final String PASSWORD = DashboardSite.PASSWORD;
    private static DashboardSite site;

    @BeforeAll
    static void start() throws Exception {
        site = DashboardSite.open("/", Map.of("TRUSTED_PROXIES", "127.0.0.1"));
        site.addNode();
        Browser admin = site.admin();
        create(admin, "vera", "viewer");
        create(admin, "otto", "operator");
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, error, attempts, payload,"
                + " payload_sha256, received_at) VALUES ('stripe', 'evt_lost', 'a.b', 'failed', 'x', 1,"
                + " '{\"id\":\"evt_lost\",\"type\":\"a.b\",\"data\":{\"object\":{}}}',"
                + " UNHEX(SHA2('', 256)), UTC_TIMESTAMP(6))");
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    /** A program's token is told all; what a person may see of an event does not depend on the address. */
    @Test
    void theStatusShowsAPersonNoMoreThanThePagesDo() throws Exception {
        site.execute(
                "INSERT INTO webhook_events (provider, event_id, event_type, status, error, attempts, payload_sha256,"
                        + " received_at) VALUES ('stripe', 'evt_private', 'a.b', 'failed', 'Ask jane@doe.org', 1,"
                        + " UNHEX(SHA2('', 256)), UTC_TIMESTAMP(6))");
        site.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, result, attempts,"
                + " payload_sha256, received_at, processed_at) VALUES ('stripe', 'evt_private_2', 'a.b', 'processed',"
                + " '{\"action\":\"payment_failed\",\"order_id\":7,\"error\":\"Ask jane@doe.org\"}', 1,"
                + " UNHEX(SHA2('', 256)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))");
        Browser viewer = site.signedIn("vera", PASSWORD);

        for (String id : List.of("evt_private", "evt_private_2")) {
            String address = "/webhooks/status/" + id;
            Browser.Page shown = viewer.get(address);
            assertThat(shown.status()).as(shown.body()).isEqualTo(200);
            assertThat(shown.body()).contains("\"Ask ").doesNotContain("jane");
            HttpResponse<String> told = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(site.uri().resolve(address))
                                    .header("Authorization", "Bearer " + DashboardSite.TOKEN)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(told.body()).contains("Ask jane@doe.org");
            assertThat(viewer.get(address).json().fieldNames())
                    .toIterable()
                    .containsExactlyElementsOf(() -> Json.read(told.body()).fieldNames());
        }
        assertThat(viewer.get("/webhooks/status/evt_private_2")
                        .json()
                        .at("/result/order_id")
                        .asLong())
                .isEqualTo(7);
    }

    private static void create(Browser admin, String name, String role) throws Exception {
        Browser.Page done = admin.post(
                "/dashboard/users",
                "/dashboard/users",
                "do",
                "create",
                "username",
                name,
                "password",
                PASSWORD,
                "role",
                role);
        assertThat(done.status()).as(done.body()).isEqualTo(303);
    }

    private static String session(Browser browser) {
        return browser.cookies().getOrDefault("hooklatch_session", "");
    }

    @Test
    void signingInMakesANewTokenAndTakesNoneThatWasThere() throws Exception {
        Browser victim = site.browser();
        victim.cookies().put("hooklatch_session", "A".repeat(43));
        assertThat(victim.signIn("vera", PASSWORD).status()).isEqualTo(303);
        String first = session(victim);
        assertThat(first).hasSize(43).isNotEqualTo("A".repeat(43));

        // Signed in already, and again: the form is got by a browser without the session.
        Browser form = site.browser();
        String token = form.get("/dashboard/login").token();
        form.cookies().put("hooklatch_session", first);
        assertThat(form.postBare("/dashboard/login", "csrf", token, "username", "vera", "password", PASSWORD)
                        .status())
                .isEqualTo(303);
        assertThat(session(form)).isNotEqualTo(first);
        Browser former = site.browser();
        former.cookies().put("hooklatch_session", first);
        assertThat(former.get("/dashboard/account").status())
                .as("the former session")
                .isEqualTo(303);
    }

    @Test
    void aFormWithoutTheTokenOfItsOwnSessionDoesNothing() throws Exception {
        Browser admin = site.admin();
        Browser other = site.signedIn("otto", PASSWORD);
        String foreign = other.get("/dashboard/account").token();
        String own = admin.get("/dashboard/account").token();
        String before = site.query("SELECT COUNT(*) FROM audit_log WHERE action NOT LIKE 'sign_in%'");
        for (String form : FORMS) {
            for (String wrong : new String[] {null, "", "x", "A".repeat(86), foreign, own.substring(1)}) {
                Browser.Page answer = wrong == null
                        ? admin.postBare(form, "do", "sign-out", "id", "1")
                        : admin.postBare(form, "do", "sign-out", "id", "1", "csrf", wrong);
                assertThat(answer.status()).as("%s with %s", form, wrong).isEqualTo(403);
                assertThat(answer.body()).contains("Nothing was done");
            }
        }
        for (String header : new String[] {
            "Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"
        }) {
            Browser elsewhere = admin.at(site::uri)
                    .with(header.substring(0, header.indexOf(':')), header.substring(header.indexOf(' ') + 1));
            assertThat(elsewhere.postBare("/dashboard/logout", "csrf", own).status())
                    .as(header)
                    .isEqualTo(403);
        }
        assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE action NOT LIKE 'sign_in%'"))
                .isEqualTo(before);
        assertThat(admin.at(site::uri)
                        .with("Origin", site.uri().toString().replaceFirst("/$", ""))
                        .postBare("/dashboard/logout", "csrf", own)
                        .status())
                .isEqualTo(303);
    }

    @Test
    void aScriptSignsInWithTheTwinOfTheSignInPage() throws Exception {
        Browser script = site.browser();
        Browser.Page nobody = script.get("/dashboard/login.json?next=/dashboard/locks");
        assertThat(nobody.status()).as(nobody.body()).isEqualTo(200);
        assertThat(nobody.header("Cache-Control")).isEqualTo("no-store");
        JsonNode form = Json.read(nobody.body());
        assertThat(form.get("signed_in").booleanValue()).isFalse();
        assertThat(form.get("username").isNull()).isTrue();
        assertThat(form.get("next").textValue()).isEqualTo("/dashboard/locks");
        assertThat(script.postBare(
                                "/dashboard/login",
                                "csrf",
                                form.get("csrf").textValue(),
                                "username",
                                "vera",
                                "password",
                                PASSWORD)
                        .status())
                .isEqualTo(303);

        JsonNode vera = Json.read(
                script.get("/dashboard/login.json?next=//evil.example").body());
        assertThat(vera.get("signed_in").booleanValue()).isTrue();
        assertThat(vera.get("username").textValue()).isEqualTo("vera");
        assertThat(vera.get("role").textValue()).isEqualTo("viewer");
        assertThat(vera.get("csrf").isNull()).isTrue();
        assertThat(vera.get("next").textValue()).isEqualTo("/dashboard/overview");
        assertThat(script.postBare("/dashboard/login.json", "username", "vera").status())
                .isEqualTo(405);
    }

    @Test
    void theSignInFormMustFitItsCookie() throws Exception {
        Browser attacker = site.browser();
        String token = attacker.get("/dashboard/login").token();
        String[] form = {"username", "vera", "password", PASSWORD, "csrf", token};
        Browser victim = site.browser();
        assertThat(victim.postBare("/dashboard/login", form).status())
                .as("no cookie")
                .isEqualTo(403);
        victim.get("/dashboard/login");
        assertThat(victim.postBare("/dashboard/login", form).status())
                .as("another form")
                .isEqualTo(403);
        assertThat(session(victim)).isEmpty();
    }

    @Test
    void noFormDoesAnythingWithoutASignIn() throws Exception {
        for (String form : FORMS) {
            Browser.Page answer = site.browser().postBare(form, "do", "create", "csrf", "x");
            assertThat(answer.status()).as(form).isEqualTo(303);
            assertThat(answer.header("Location")).startsWith("/dashboard/login");
            Browser.Page withToken = site.browser()
                    .with("Authorization", "Bearer " + DashboardSite.TOKEN)
                    .postBare(form, "do", "create");
            assertThat(withToken.status()).as("the token never acts").isEqualTo(303);
        }
    }

    @Test
    void rolesAreEnforcedForPagesTheirTwinsAndForms() throws Exception {
        Browser viewer = site.signedIn("vera", PASSWORD);
        String token = viewer.get("/dashboard/account").token();
        for (Browser browser : new Browser[] {viewer, site.signedIn("otto", PASSWORD)}) {
            for (String path : new String[] {"/dashboard/users", "/dashboard/audit"}) {
                assertThat(browser.get(path).status()).as(path).isEqualTo(403);
                assertThat(browser.get(path + ".json").status()).as(path).isEqualTo(403);
            }
        }
        Browser.Page form = viewer.postBare(
                "/dashboard/users",
                "do",
                "create",
                "username",
                "eve",
                "password",
                PASSWORD,
                "role",
                "admin",
                "csrf",
                token);
        assertThat(form.status()).isEqualTo(403);
        assertThat(site.query("SELECT COUNT(*) FROM dashboard_users WHERE username = 'eve'"))
                .isEqualTo("0");
        assertThat(viewer.get("/dashboard/account").body()).doesNotContain("href=\"/dashboard/users\"");
    }

    @Test
    void theBearerTokenReadsNeitherUsersNorTheAuditLog() throws Exception {
        Browser machine = site.browser().with("Authorization", "Bearer " + DashboardSite.TOKEN);
        for (String path : new String[] {"/dashboard/users", "/dashboard/audit", "/dashboard/account"}) {
            assertThat(machine.get(path + ".json").status()).as(path).isEqualTo(401);
            assertThat(machine.get(path).status()).as(path).isEqualTo(303);
        }
        assertThat(machine.get("/dashboard/nothing.json").status()).isEqualTo(404);
    }

    @Test
    void somebodySignedInMayAskForAStatusWithoutTheToken() throws Exception {
        assertThat(site.browser().get("/webhooks/status/evt_1").status()).isEqualTo(401);
        assertThat(site.signedIn("vera", PASSWORD).get("/webhooks/status/evt_1").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/",
                "//evil.example/",
                "/\\evil.example",
                "/dashboard//evil.example",
                "/webhooks/stripe",
                "/dashboard/../../evil",
                "dashboard/audit",
                "/dashboard/a\nSet-Cookie: x=1",
                "javascript:alert(1)",
                "/dashboard/login?next=/dashboard/login",
                "/dashboard/logout",
                "/dashboard/\u0000"
            })
    void afterSigningInNobodyIsSentElsewhere(String next) throws Exception {
        Browser browser = site.browser();
        String token = browser.get("/dashboard/login").token();
        Browser.Page answer = browser.postBare(
                "/dashboard/login", "csrf", token, "username", "vera", "password", PASSWORD, "next", next);
        assertThat(answer.status()).isEqualTo(303);
        assertThat(answer.header("Location")).isEqualTo(Navigation.start());
    }

    @Test
    void afterSigningInOneComesToThePageOneWanted() throws Exception {
        Browser browser = site.browser();
        String login = browser.get("/dashboard/audit?user=a%26b&action=sign_in").header("Location");
        Browser.Page form = browser.get(login);
        String next = form.body()
                .replaceFirst("(?s).*name=\"next\" value=\"([^\"]*)\".*", "$1")
                .replace("&amp;", "&");
        Browser.Page answer = browser.postBare(
                "/dashboard/login", "csrf", form.token(), "username", "ada", "password", PASSWORD, "next", next);
        assertThat(answer.header("Location")).isEqualTo("/dashboard/audit?user=a%26b&action=sign_in");
    }

    @Test
    void aFormThatIsSentAfterTheSignInHadEndedComesBackWithItsReason() throws Exception {
        Browser otto = site.signedIn("otto", PASSWORD);
        otto.cookies().remove("hooklatch_session");
        String reason = "the customer – Jürgen – <b>called</b>";
        Browser.Page lost = otto.postBare(
                "/dashboard/replay",
                "provider",
                "stripe",
                "event_id",
                "evt_lost",
                "action",
                "replay",
                "reason",
                reason,
                "signed-in-as",
                "otto",
                "csrf",
                "x");
        String login = lost.header("Location");
        assertThat(login)
                .startsWith("/dashboard/login?next=%2Fdashboard%2Freplay%3Fprovider%3Dstripe%26event_id%3Devt_lost")
                .doesNotContain("customer");
        assertThat(otto.setCookie("hooklatch_draft")).contains("HttpOnly", "SameSite=Lax", "Max-Age=1800");
        Browser.Page form = otto.get(login);
        assertThat(form.body()).contains("what you just sent was not done");
        String page = "/dashboard/replay?provider=stripe&event_id=evt_lost";
        Browser.Page signedIn = otto.postBare(
                "/dashboard/login", "csrf", form.token(), "username", "otto", "password", PASSWORD, "next", page);
        assertThat(signedIn.header("Location")).isEqualTo(page);
        assertThat(otto.get("/dashboard/account").body()).as("another page").doesNotContain("Nothing was done");
        assertThat(otto.get(page).body())
                .contains("Nothing was done: your sign-in had ended.")
                .contains("value=\"the customer – Jürgen – &lt;b&gt;called&lt;/b&gt;\"");
        assertThat(otto.get(page).body()).as("once").doesNotContain("Nothing was done", "called");
        assertThat(site.query("SELECT COUNT(*) FROM webhook_replays")).isEqualTo("0");
    }

    private static Browser.Page loseForm(Browser browser, String event, String reason) throws Exception {
        String user = browser.get(replayOf(event))
                .body()
                .replaceFirst("(?s).*name=\"signed-in-as\" value=\"([^\"]*)\".*", "$1");
        browser.cookies().remove("hooklatch_session");
        return browser.postBare(
                "/dashboard/replay",
                "provider",
                "stripe",
                "event_id",
                event,
                "action",
                "replay",
                "reason",
                reason,
                "signed-in-as",
                user,
                "csrf",
                "x");
    }

    private static String replayOf(String event) {
        return "/dashboard/replay?provider=stripe&event_id=" + event;
    }

    @Test
    void whatSomebodyTypedIsShownToNobodyElseAndIsGoneAfterSigningOut() throws Exception {
        Browser shared = site.signedIn("otto", PASSWORD);
        loseForm(shared, "evt_lost", "only otto knows");
        assertThat(shared.cookies()).containsKey("hooklatch_draft");
        String draft = shared.cookies().get("hooklatch_draft");
        shared.signIn("ada", PASSWORD);
        assertThat(shared.cookies()).doesNotContainKey("hooklatch_draft");

        shared.cookies().put("hooklatch_draft", draft);
        assertThat(shared.get(replayOf("evt_lost")).body())
                .contains("Dry run")
                .doesNotContain("only otto knows", "Nothing was done");
        assertThat(shared.cookies()).as("of somebody else").doesNotContainKey("hooklatch_draft");

        Browser otto = site.signedIn("otto", PASSWORD);
        otto.cookies().put("hooklatch_draft", draft);
        assertThat(otto.post("/dashboard/account", "/dashboard/logout").status())
                .isEqualTo(303);
        assertThat(otto.cookies()).doesNotContainKeys("hooklatch_draft", "hooklatch_session");
    }

    @Test
    void aReasonTooLongToBeKeptIsSaidToBeLost() throws Exception {
        Browser otto = site.signedIn("otto", PASSWORD);
        Browser.Page lost = loseForm(otto, "evt_lost", "長".repeat(1000));
        assertThat(otto.setCookie("hooklatch_draft").length()).isLessThan(4000);
        Browser.Page form = otto.get(lost.header("Location"));
        String next = form.body()
                .replaceFirst("(?s).*name=\"next\" value=\"([^\"]*)\".*", "$1")
                .replace("&amp;", "&");
        otto.postBare("/dashboard/login", "csrf", form.token(), "username", "OTTO", "password", PASSWORD);
        assertThat(otto.get(next).body())
                .contains("Nothing was done: your sign-in had ended.")
                .contains("The reason that you typed was too long to be kept");
    }

    @Test
    void aFormWhosePageNoAddressCanTellIsSaidToBeLost() throws Exception {
        Browser otto = site.signedIn("otto", PASSWORD);
        Browser.Page lost = loseForm(otto, "evt..1", "why");
        assertThat(lost.header("Location")).isEqualTo("/dashboard/login?done=nothing-kept");
        assertThat(otto.cookies()).doesNotContainKey("hooklatch_draft");
        Browser.Page form = otto.get(lost.header("Location"));
        assertThat(form.body()).contains("what you just sent was not done, and could not be kept");
        assertThat(otto.postBare("/dashboard/login", "csrf", form.token(), "username", "otto", "password", PASSWORD)
                        .header("Location"))
                .isEqualTo(Navigation.start());
    }

    @Test
    void anotherSitePutsNoWordsIntoAForm() throws Exception {
        Browser elsewhere = site.browser().with("Sec-Fetch-Site", "cross-site");
        Browser.Page answer = elsewhere.postBare("/dashboard/replay", "provider", "stripe", "reason", "evil");
        assertThat(answer.header("Location")).isEqualTo("/dashboard/login");
        assertThat(elsewhere.cookies()).doesNotContainKey("hooklatch_draft");
        Browser forged = site.signedIn("otto", PASSWORD);
        forged.cookies().put("hooklatch_draft", "%%%");
        assertThat(forged.get("/dashboard/account").status()).isEqualTo(200);
    }

    @Test
    void whatWasDoneIsSaidOnceAndToNobodyElse() throws Exception {
        Pattern said = Pattern.compile("Everything was checked just now|The checks are running; reload");
        Browser otto = site.signedIn("otto", PASSWORD);
        assertThat(otto.post("/dashboard/checks", "/dashboard/checks").status()).isEqualTo(303);

        // The next person at the same browser.
        Browser vera = site.signedIn("vera", PASSWORD);
        vera.cookies().put("hooklatch_notice", otto.cookies().get("hooklatch_notice"));
        assertThat(vera.get("/dashboard/checks").body()).doesNotContainPattern(said);
        assertThat(otto.get("/dashboard/account").body()).as("another page").doesNotContainPattern(said);
        assertThat(otto.get("/dashboard/checks").body()).containsPattern(said);
        assertThat(otto.get("/dashboard/checks").body()).doesNotContainPattern(said);
    }

    @Test
    void aSlashAtTheEndLeadsToThePageWithoutIt() throws Exception {
        Browser admin = site.admin();
        for (String page :
                new String[] {"overview", "events", "audit", "orders/42", "events/stripe/evt_1", "nothing"}) {
            Browser.Page answer = admin.get("/dashboard/" + page + "/?range=day&q=a%26b");
            assertThat(answer.status()).as(page).isEqualTo(308);
            assertThat(answer.header("Location")).isEqualTo("/dashboard/" + page + "?range=day&q=a%26b");
        }
        assertThat(site.browser().get("/dashboard/login/").header("Location")).isEqualTo("/dashboard/login");
        assertThat(admin.postBare("/dashboard/audit/", "csrf", "x").status()).isNotEqualTo(308);
        assertThat(admin.get("/dashboard/").header("Location")).isEqualTo(Navigation.start());
        assertThat(site.browser().postBare("/webhooks/stripe/").status())
                .as("a provider is never redirected")
                .isNotIn(301, 302, 303, 307, 308);
    }

    @Test
    void guessingOnesOwnPasswordIsSlowedLikeASignIn() throws Exception {
        create(site.admin(), "gus", "viewer");
        Browser gus = site.signedIn("gus", PASSWORD);
        Browser.Page answer = guess(gus, "wrong 0");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("The present password is wrong.");
        for (int i = 1; answer.status() == 400 && i < 20; i++) {
            answer = guess(gus, "wrong " + i);
        }
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.body()).contains("Too many wrong passwords. Try again in");
        assertThat(answer.header("Retry-After")).matches("[1-9]\\d*");
        assertThat(site.query("SELECT COUNT(*) > 0 FROM audit_log WHERE action = 'password_change_failed'"
                        + " AND username = 'gus'"))
                .isEqualTo("1");
    }

    private static Browser.Page guess(Browser browser, String password) throws Exception {
        String next = "another horse battery";
        return browser.post(
                "/dashboard/account",
                "/dashboard/account",
                "do",
                "password",
                "password",
                password,
                "new-password",
                next,
                "new-password-again",
                next);
    }

    @Test
    void nodesShareSignInsAndARestartSignsNobodyOut() throws Exception {
        Browser admin = site.admin();
        Browser elsewhere = admin.at(() -> site.uri(1));
        assertThat(elsewhere.get("/dashboard/account").status()).isEqualTo(200);
        site.restart(1);
        assertThat(elsewhere.get("/dashboard/account").status()).isEqualTo(200);
        assertThat(elsewhere.post("/dashboard/account", "/dashboard/logout").status())
                .isEqualTo(303);
        await("the other node notices")
                .untilAsserted(() ->
                        assertThat(admin.get("/dashboard/account").status()).isEqualTo(303));
    }

    @Test
    void aNewPasswordEndsAllOtherSessionsEverywhere() throws Exception {
        create(site.admin(), "petra", "viewer");
        Browser here = site.signedIn("petra", PASSWORD);
        Browser there = site.signedIn("petra", PASSWORD);
        Browser node = there.at(() -> site.uri(1));
        assertThat(node.get("/dashboard/account").status()).isEqualTo(200);
        String account = "/dashboard/account";
        String next = "another horse battery";
        assertThat(here.post(
                                account,
                                account,
                                "do",
                                "password",
                                "password",
                                "wrong one here",
                                "new-password",
                                next,
                                "new-password-again",
                                next)
                        .status())
                .isEqualTo(400);
        assertThat(here.post(
                                account,
                                account,
                                "do",
                                "password",
                                "password",
                                PASSWORD,
                                "new-password",
                                "12345678",
                                "new-password-again",
                                "12345678")
                        .body())
                .contains("is among the first that anybody would guess");
        String old = session(here);
        Browser copy = site.browser();
        copy.cookies().put("hooklatch_session", old);
        assertThat(here.post(
                                account,
                                account,
                                "do",
                                "password",
                                "password",
                                PASSWORD,
                                "new-password",
                                next,
                                "new-password-again",
                                next)
                        .header("Location"))
                .isEqualTo("/dashboard/account");
        assertThat(session(here)).hasSize(43).isNotEqualTo(old);
        assertThat(here.get(account + "?q=1").body()).as("another address").doesNotContain("was changed");
        assertThat(here.get(account).body()).contains("Your password was changed");
        assertThat(here.get(account + "?done=password").body()).doesNotContain("was changed");
        assertThat(copy.get(account).status()).as("a copy of the old cookie").isEqualTo(303);
        assertThat(there.get(account).status()).isEqualTo(303);
        await("the other node notices")
                .untilAsserted(() -> assertThat(node.get(account).status()).isEqualTo(303));
        assertThat(site.browser().signIn("petra", PASSWORD).status()).isEqualTo(401);
        assertThat(site.browser().signIn("petra", next).status()).isEqualTo(303);
    }

    @Test
    void whoIsDisabledIsOutAtOnceAndWhatAdminsDoIsWrittenDown() throws Exception {
        Browser admin = site.admin();
        create(admin, "dora", "operator");
        Browser dora = site.signedIn("dora", PASSWORD);
        String id = site.query("SELECT id FROM dashboard_users WHERE username = 'dora'");
        String users = "/dashboard/users";
        String change = "/dashboard/users/change";
        String disables = change + "?do=disable&id=" + id;
        assertThat(admin.get(users).body())
                .contains("href=\"" + disables.replace("&", "&amp;") + "\"")
                .doesNotContain("value=\"disable\"", "value=\"role\"", "value=\"sign-out\"");
        assertThat(admin.get(disables).body())
                .contains("dora is signed out at once, everywhere (1 browser now).")
                .contains("Disable the user");
        for (String act : new String[] {"role", "disable", "enable", "password", "sign-out"}) {
            Browser.Page asked = admin.post(
                    users, change, "do", act, "id", id, "role", "admin", "password", PASSWORD, "reason", " ");
            assertThat(asked.status()).as(act).isEqualTo(400);
            assertThat(asked.body()).as(act).contains("Say why: the reason is kept in the audit log.");
        }
        assertThat(dora.get(users).status()).as("nothing was done").isEqualTo(403);
        assertThat(admin.post(users, change, "do", "role", "id", id, "role", "admin", "reason", "she is on call")
                        .status())
                .isEqualTo(303);
        assertThat(dora.get(users).status()).isEqualTo(200);
        assertThat(admin.post(users, change, "do", "disable", "id", id, "reason", "she has left")
                        .status())
                .isEqualTo(303);
        assertThat(admin.post(
                                users,
                                change,
                                "do",
                                "disable",
                                "id",
                                site.query("SELECT id FROM dashboard_users WHERE username = 'ada'"),
                                "reason",
                                "to try")
                        .body())
                .contains("This is the last admin who may sign in");
        assertThat(dora.get(users).status()).isEqualTo(303);
        assertThat(site.browser().signIn("dora", PASSWORD).status()).isEqualTo(401);
        assertThat(admin.post(users, change, "do", "enable", "id", id, "reason", "she is back")
                        .status())
                .isEqualTo(303);
        Browser.Page tooShort =
                admin.post(users, change, "do", "password", "id", id, "password", "short", "reason", "she forgot it");
        assertThat(tooShort.status()).isEqualTo(400);
        assertThat(tooShort.body()).contains("value=\"she forgot it\"").doesNotContain("short\"");
        assertThat(admin.post(users, change, "do", "sign-out", "id", id, "reason", "a stolen telephone")
                        .status())
                .isEqualTo(303);
        assertThat(admin.post(users, users, "do", "create", "username", "dora", "password", PASSWORD, "role", "admin")
                        .body())
                .contains("There is a user of that name already.");
        Set<String> actions = new HashSet<>();
        admin.get("/dashboard/audit.json?target=dora").json().get("entries").forEach(entry -> {
            actions.add(entry.get("action").textValue());
        });
        assertThat(admin.get("/dashboard/audit?target=dora").body())
                .contains("she is on call", "she has left", "she is back", "a stolen telephone");
        assertThat(actions)
                .contains("user_created", "user_role_changed", "user_disabled", "user_enabled", "sign_in_failed");
    }

    @Test
    void cookiesAreSecureBehindATrustedProxyThatSpeaksTls() throws Exception {
        Browser behind = site.browser().with("X-Forwarded-Proto", "https").with("X-Forwarded-For", "203.0.113.9");
        assertThat(behind.signIn("vera", PASSWORD).status()).isEqualTo(303);
        assertThat(behind.setCookie("__Host-hooklatch_session"))
                .contains("Secure")
                .contains("Path=/");
        assertThat(behind.get("/dashboard/account").header("Strict-Transport-Security"))
                .startsWith("max-age=");
        assertThat(site.query("SELECT source_address FROM audit_log WHERE action = 'sign_in' ORDER BY id DESC LIMIT 1"))
                .isEqualTo("203.0.113.9");
    }

    @Test
    void nobodysWordIsTakenForTlsWithoutATrustedProxyAndRedisIsNotNeeded() throws Exception {
        try (DashboardSite alone = DashboardSite.open("/hooklatch", Map.of("REDIS_URL", "redis://127.0.0.1:1"))) {
            Browser liar = alone.browser().with("X-Forwarded-Proto", "https").with("X-Forwarded-For", "203.0.113.9");
            assertThat(liar.signIn("ada", PASSWORD).status()).isEqualTo(303);
            assertThat(liar.setCookie("hooklatch_session"))
                    .contains("Path=/hooklatch")
                    .doesNotContain("Secure");
            assertThat(liar.get("/dashboard/account").header("Strict-Transport-Security"))
                    .isEmpty();
            assertThat(alone.query("SELECT source_address FROM audit_log WHERE action = 'sign_in'"))
                    .isEqualTo("127.0.0.1");
            await("the banner")
                    .untilAsserted(() ->
                            assertThat(liar.get("/dashboard/account").body()).contains("Redis has been away since"));
        }
    }

    @Test
    void whoGuessesIsToldToWaitAndByWhom() throws Exception {
        Browser guesser = site.browser().with("X-Forwarded-For", "203.0.113.77");
        Browser.Page answer = guesser.signIn("nobody-0", "x");
        assertThat(answer.status()).isEqualTo(401);
        String first = answer.body();
        for (int i = 1; answer.status() == 401 && i < 20; i++) {
            answer = guesser.signIn("nobody-" + i, "x");
        }
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.header("Retry-After")).matches("[1-9]\\d*");
        assertThat(first).contains("User name or password is wrong.");
        assertThat(site.query("SELECT COUNT(*) FROM audit_log WHERE target LIKE 'nobody%'"))
                .as("names that are nobody's")
                .isEqualTo("0");
    }
}

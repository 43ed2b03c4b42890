package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing in, one page, signing out. */
class SkeletonTest {
    @ParameterizedTest
    @ValueSource(strings = {"/", "/hooklatch"})
    void anAdminSignsInSeesThatAndSignsOut(String contextPath) throws Exception {
        String root = contextPath.equals("/") ? "" : contextPath;
        try (DashboardSite site = DashboardSite.open(contextPath, Map.of())) {
            Browser browser = site.browser();
            assertThat(browser.get("/").header("Location")).isEqualTo(root + Navigation.start());
            assertThat(browser.get("/dashboard/audit").header("Location")).startsWith(root + "/dashboard/login");

            Browser.Page answer = browser.signIn("Ada ", DashboardSite.PASSWORD);
            assertThat(answer.status()).isEqualTo(303);
            assertThat(answer.header("Location")).isEqualTo(root + Navigation.start());
            assertThat(browser.setCookie("hooklatch_session"))
                    .contains("HttpOnly")
                    .contains("SameSite=Lax")
                    .contains("Path=" + contextPath)
                    .doesNotContain("Secure");

            Browser.Page page = browser.get("/dashboard/audit");
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.header("Content-Type")).isEqualToIgnoringCase("text/html;charset=UTF-8");
            assertThat(page.header("Cache-Control")).isEqualTo("no-store");
            assertThat(page.body())
                    .startsWith("<!DOCTYPE html>")
                    .contains("<h1>Audit log</h1>")
                    .contains("<code>sign_in</code>")
                    .contains("<code>user_created</code>")
                    .contains("aria-current=\"page\"")
                    .contains("ada")
                    .contains("(admin)");
            String css = page.body().replaceFirst("(?s).*rel=\"stylesheet\" href=\"([^\"]*)\".*", "$1");
            Browser.Page style = browser.get(css.substring(root.length()));
            assertThat(style.status()).isEqualTo(200);
            assertThat(style.header("Cache-Control")).contains("immutable");

            assertThat(browser.get("/dashboard/audit.json?action=sign_in")
                            .json()
                            .get("entries"))
                    .hasSize(1)
                    .allSatisfy(
                            entry -> assertThat(entry.get("user").textValue()).isEqualTo("ada"));

            Browser thief = browser.at(site::uri);
            assertThat(browser.post("/dashboard/audit", "/dashboard/logout").status())
                    .isEqualTo(303);
            assertThat(browser.setCookie("hooklatch_session"))
                    .as("the browser forgets it")
                    .startsWith("hooklatch_session=;");
            assertThat(thief.get("/dashboard/audit").status()).isEqualTo(303);
            assertThat(thief.get("/dashboard/audit.json").status()).isEqualTo(401);
        }
    }

    @Test
    void theAuditLogIsReadPageByPageToItsEnd() throws Exception {
        try (DashboardSite site = DashboardSite.open()) {
            Browser admin = site.admin();
            site.execute("INSERT INTO audit_log (at, username, role, action, target, node)"
                    + " SELECT '2026-01-01 10:00:00.123456', 'bob', 'viewer', 'looked', seq, 'n' FROM seq_1_to_120");
            int entries = 0;
            String next = "/dashboard/audit.json?user=bob";
            int pages = 0;
            while (true) {
                var answer = admin.get(next).json();
                entries += answer.get("entries").size();
                pages++;
                if (answer.get("next").isNull()) {
                    break;
                }
                next = "/dashboard/audit.json?user=bob&cursor="
                        + answer.get("next").textValue();
            }
            assertThat(entries).isEqualTo(120);
            assertThat(pages).isEqualTo(3);
            assertThat(admin.get("/dashboard/audit?user=bob").body())
                    .contains("Older actions")
                    .contains("cursor=");
            assertThat(admin.get("/dashboard/audit?user=nobody").body())
                    .contains("No entry matches")
                    .contains("Clear filters")
                    .doesNotContain("Nothing has been done yet");
            assertThat(admin.get("/dashboard/audit.json?from=2026-01-01T10:00:01&user=bob")
                            .json()
                            .get("entries"))
                    .isEmpty();
            assertThat(admin.get("/dashboard/audit?from=yesterday").status()).isEqualTo(400);
            assertThat(admin.get("/dashboard/audit.json?cursor=x").status()).isEqualTo(400);
            site.execute("DELETE FROM audit_log");
            assertThat(admin.get("/dashboard/audit").body())
                    .contains("Nothing has been done yet")
                    .contains("Sign-ins, replays, releases of locks and changes of users will be listed here.")
                    .doesNotContain("No entry matches", "Clear filters");
        }
    }

    @Test
    void whatIsNoPageIsSaidInTheLayoutToThoseWhoAreSignedIn() throws Exception {
        try (DashboardSite site = DashboardSite.open()) {
            assertThat(site.browser().get("/dashboard/nothing").status()).isEqualTo(303);
            assertThat(site.browser().get("/dashboard/nothing.json").status()).isEqualTo(401);
            Browser admin = site.admin();
            Browser.Page missing = admin.get("/dashboard/nothing");
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.body())
                    .contains("There is no page at this address.")
                    .contains("Sign out");
            assertThat(admin.get("/dashboard/nothing.json").body())
                    .isEqualTo("{\"error\":\"There is no page at this address.\"}");
            Browser.Page wrongMethod = admin.method("DELETE", "/dashboard/audit");
            assertThat(wrongMethod.status()).isEqualTo(405);
            assertThat(wrongMethod.header("Allow")).isEqualTo("GET, HEAD");
            assertThat(admin.method("HEAD", "/dashboard/audit").status()).isEqualTo(200);
        }
    }
}

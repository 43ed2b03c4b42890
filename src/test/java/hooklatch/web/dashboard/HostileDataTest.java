package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.Browser;
import hooklatch.testing.DashboardSite;
import hooklatch.testing.HostileText;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every page, rendered with data that means harm. A room that adds a page adds what {@link #fill} must store for it and its
 * path to {@link #pages}.
 */
class HostileDataTest {
    private static DashboardSite site;
    private static Browser admin;

    @BeforeAll
    static void start() throws Exception {
        site = DashboardSite.open();
        admin = site.admin();
        fill();
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    private static void fill() throws Exception {
        String text = HostileText.sql();
        for (String role : new String[] {"viewer", "operator", "admin"}) {
            site.execute("INSERT INTO dashboard_users (username, password_hash, role, created_at, password_changed_at)"
                    + " VALUES (LOWER(CONCAT('" + role.charAt(0) + "', LEFT(" + text + ", 60))), '', '" + role
                    + "', NOW(6), NOW(6))");
        }
        site.execute("INSERT INTO audit_log (at, username, role, action, target, reason, details, source_address, node)"
                + " VALUES (NOW(6), LEFT(" + text + ", 64), 'viewer', LEFT(" + text + ", 64), " + text + ", " + text
                + ", JSON_OBJECT(" + text + ", " + text + "), LEFT(" + text + ", 64), LEFT(" + text + ", 64))");
    }

    static List<String> pages() {
        String text = URLEncoder.encode(HostileText.TEXT, StandardCharsets.UTF_8);
        List<String> pages = new ArrayList<>();
        pages.add("/dashboard/users");
        pages.add("/dashboard/audit");
        pages.add("/dashboard/account");
        pages.add("/dashboard/logout");
        pages.add("/dashboard/nothing");
        for (String parameter : new String[] {"user", "action", "target", "from", "to", "cursor", "done"}) {
            pages.add("/dashboard/audit?" + parameter + "=" + text);
        }
        pages.add("/dashboard/account?done=" + text);
        pages.add("/dashboard/users?done=" + text);
        return pages;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void thePageStaysInert(String path) throws Exception {
        Browser.Page page = admin.get(path);
        assertThat(page.header("Content-Type")).startsWithIgnoringCase("text/html");
        assertThat(page.header("Content-Security-Policy")).contains("default-src 'self'");
        HostileText.assertInert(page.body());
    }

    @Test
    void theSignInFormStaysInert() throws Exception {
        Browser stranger = site.browser();
        HostileText.assertInert(
                stranger.signIn(HostileText.TEXT, HostileText.TEXT).body());
        HostileText.assertInert(stranger.get("/dashboard/login?next="
                        + URLEncoder.encode("/dashboard/" + HostileText.TEXT, StandardCharsets.UTF_8))
                .body());
    }

    @Test
    void formsThatAreWrongStayInert() throws Exception {
        String text = HostileText.TEXT;
        for (String act : new String[] {"create", "role", "password", text}) {
            HostileText.assertInert(admin.post(
                            "/dashboard/users",
                            "/dashboard/users",
                            "do",
                            act,
                            "username",
                            text,
                            "password",
                            "x",
                            "role",
                            text,
                            "id",
                            text)
                    .body());
        }
    }

    @Test
    void theHarnessSeesWhatIsNotInert() {
        for (String raw : HostileText.NEEDLES) {
            assertThat(HostileText.isInert("<p>" + raw + "</p>")).as(raw).isFalse();
        }
        assertThat(HostileText.isInert("<p>&lt;script&gt;</p>")).isTrue();
    }
}

package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import hooklatch.dev.DemoShop;
import hooklatch.testing.Chromium;
import hooklatch.testing.DashboardSite;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The dashboard in a real browser, with a shop's minute in it: what support staff do, at a desk and on a telephone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardInBrowserTest {
    private Chromium chromium;
    private DashboardSite site;

    @BeforeAll
    void openShop() throws Exception {
        chromium = Chromium.startOrSkip();
        site = DashboardSite.open("/", DemoShop.SECRETS);
        DemoShop.minute(site.uri(), site.settings());
    }

    @AfterAll
    void closeShop() {
        if (site != null) {
            site.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"360, LIGHT", "360, DARK", "1440, LIGHT", "1440, DARK", "2560, LIGHT"})
    void everyPageIsWholeReadableAndAccessible(int width, ColorScheme scheme) {
        String suffix = "-" + width + "-" + scheme.name().toLowerCase(Locale.ROOT);
        List<String> problems = new ArrayList<>();
        try (Chromium.Tab tab = chromium.tab(width, scheme)) {
            Page page = tab.page();
            page.navigate(site.uri().resolve("dashboard/").toString());
            look(tab, "sign-in", suffix, problems);
            signIn(page);
            List<String> links = page.locator("nav.menu a").all().stream()
                    .map(link -> link.getAttribute("href"))
                    .toList();
            assertThat(links).hasSizeGreaterThan(3);
            for (String link : links) {
                page.navigate(site.uri().resolve(link).toString());
                look(tab, link.replaceAll(".*/", ""), suffix, problems);
            }
        }
        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"360, LIGHT", "360, DARK", "1440, LIGHT", "1440, DARK", "2560, LIGHT"})
    void everyFaceOfTheEventsIsWholeReadableAndAccessible(int width, ColorScheme scheme) {
        String suffix = "-" + width + "-" + scheme.name().toLowerCase(Locale.ROOT);
        List<String> problems = new ArrayList<>();
        try (Chromium.Tab tab = chromium.tab(width, scheme)) {
            Page page = tab.page();
            page.navigate(site.uri().resolve("dashboard/events").toString());
            signIn(page);
            for (String[] face : new String[][] {
                {"events-failed", "status=failed"},
                {"events-duplicates", "view=duplicates"},
                {"events-nothing-matches", "q=nothing"}
            }) {
                page.navigate(site.uri().resolve("dashboard/events?" + face[1]).toString());
                look(tab, face[0], suffix, problems);
            }
            for (String status : List.of("processed", "failed", "skipped")) {
                page.navigate(
                        site.uri().resolve("dashboard/events?status=" + status).toString());
                page.locator("tbody td[data-label=Event] a").first().click();
                look(tab, "event-" + status, suffix, problems);
            }
            page.fill("#reason", "A customer asks what was sent.");
            page.click(".reveal button");
            assertThat(page.locator("#payload ~ .message").textContent()).contains("audit log");
            look(tab, "event-revealed", suffix, problems);

            // Answered 400, which the browser itself notes as an error.
            page.navigate(site.uri()
                    .resolve("dashboard/events?q=status:foo&type=charge")
                    .toString());
            tab.complaints();
            look(tab, "events-not-understood", suffix, problems);
        }
        assertThat(problems).isEmpty();
    }

    @Test
    void anEventIsFoundByTypingAndReadToItsPayload() {
        try (Chromium.Tab tab = chromium.tab(1440, ColorScheme.LIGHT)) {
            Page page = tab.page();
            page.navigate(site.uri().resolve("dashboard/events").toString());
            signIn(page);
            String id = page.locator("tbody td[data-label=Event] code").first().textContent();
            page.keyboard().press("/");
            page.keyboard().type(id);
            page.keyboard().press("Enter");
            page.waitForURL("**/dashboard/events?q=*");
            assertThat(page.locator("tbody tr").count()).isEqualTo(1);
            page.locator("tbody td[data-label=Event] a").click();
            assertThat(page.locator(".under-title").textContent()).contains(id);
            assertThat(page.locator("pre.payload").textContent()).startsWith("{");
            assertThat(tab.complaints()).isEmpty();
        }
    }

    private static void look(Chromium.Tab tab, String name, String suffix, List<String> problems) {
        tab.screenshot(name + suffix);
        tab.accessibilityViolations().forEach(violation -> problems.add(name + suffix + ": " + violation));
        tab.complaints().forEach(complaint -> problems.add(name + suffix + ": " + complaint));
        if (tab.sidewaysScroll() > 0) {
            problems.add(name + suffix + ": is " + tab.sidewaysScroll() + " pixels wider than the window");
        }
    }

    private static void signIn(Page page) {
        page.fill("input[name=username]", DashboardSite.ADMIN);
        page.fill("input[name=password]", DashboardSite.PASSWORD);
        page.click("main button[type=submit]");
        assertThat(page.locator(".who").textContent()).contains(DashboardSite.ADMIN);
    }

    @Test
    void signingOutEndsTheSession() {
        try (Chromium.Tab tab = chromium.tab(1440, ColorScheme.LIGHT)) {
            Page page = tab.page();
            page.navigate(site.uri().resolve("dashboard/locks").toString());
            signIn(page);
            assertThat(page.url()).as("where one wanted to go").endsWith("/dashboard/locks");
            page.click(".who button");
            page.navigate(site.uri().resolve("dashboard/locks").toString());
            assertThat(page.url()).contains("/dashboard/login");
        }
    }
}

package hooklatch.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import hooklatch.domain.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A real browser: the Chromium of the machine, at {@code /usr/bin/chromium} or where the system property {@code chromium}
 * says. A test that needs one is left out, loudly, where there is none. To be used by one thread.
 */
public final class Chromium implements AutoCloseable {
    private static final Path EXECUTABLE = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final List<String> ARGUMENTS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;
    private final String axe = resource("/axe.min.js");

    private Chromium() {
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(EXECUTABLE)
                        .setArgs(ARGUMENTS));
    }

    /** Starts it, or leaves the test out. */
    public static Chromium startOrSkip() {
        boolean there = Files.isExecutable(EXECUTABLE);
        if (!there) {
            System.err.println("""
                    ****************************************************************************************
                    *  The browser tests are LEFT OUT: there is no Chromium at %s.
                    *  Install one, or say where it is: mvn verify -Pbrowser -Dchromium=/path/of/chromium
                    ****************************************************************************************""".formatted(EXECUTABLE));
        }
        assumeTrue(there, "no Chromium");
        return new Chromium();
    }

    /** A tab of its own, without anybody's cookies; collects what the browser complains about. */
    public Tab tab(int width, ColorScheme scheme) {
        BrowserContext context = browser.newContext(
                new Browser.NewContextOptions().setViewportSize(width, 900).setColorScheme(scheme));
        return new Tab(context);
    }

    /** A page, and what went wrong in it. */
    public final class Tab implements AutoCloseable {
        private final BrowserContext context;
        private final Page page;
        private final List<String> complaints = new ArrayList<>();

        private Tab(BrowserContext context) {
            this.context = context;
            this.page = context.newPage();
            page.onConsoleMessage(message -> {
                if (message.type().equals("error")) {
                    complaints.add(message.text());
                }
            });
            page.onPageError(complaints::add);
            page.onDialog(dialog -> {
                complaints.add("a dialog opened: " + dialog.message());
                dialog.dismiss();
            });
        }

        public Page page() {
            return page;
        }

        /** Errors of scripts, of what was loaded and of the Content-Security-Policy; dialogs. Forgets them. */
        public List<String> complaints() {
            List<String> all = List.copyOf(complaints);
            complaints.clear();
            return all;
        }

        /** Rules of accessibility that the page breaks, and where. */
        public List<String> accessibilityViolations() {
            page.evaluate(axe);
            String json = (String)
                    page.evaluate(
                            "async () => JSON.stringify((await axe.run(document, {"
                                    + "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})).violations)");
            List<String> violations = new ArrayList<>();
            for (JsonNode violation : Json.read(json)) {
                for (JsonNode node : violation.path("nodes")) {
                    violations.add(violation.path("id").asText() + " at "
                            + node.path("target").toString() + ": "
                            + node.path("failureSummary").asText());
                }
            }
            return violations;
        }

        /** Pixels by which the page is wider than the window. */
        public int sidewaysScroll() {
            return (int) page.evaluate(
                    "() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)");
        }

        /** Writes what a person sees, whole, to {@code target/screenshots}. */
        public void screenshot(String name) {
            Path file = BuildDirectory.path().resolve("screenshots").resolve(name + ".png");
            page.screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
            assertThat(file).isNotEmptyFile();
        }

        @Override
        public void close() {
            context.close();
        }
    }

    private static String resource(String name) {
        try (InputStream in = Chromium.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}

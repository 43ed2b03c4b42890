package hooklatch.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.ReducedMotion;
import hooklatch.domain.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A real browser: the Chromium of the machine, at {@code /usr/bin/chromium} or where the system property {@code chromium}
 * says. There is one for all tests of this JVM, started when first asked for, ended with the JVM; tests share nothing in it,
 * as each has tabs of its own. A test that needs one is left out, loudly, where there is none. To be used by one thread.
 */
public final class Chromium {
    private static final Path EXECUTABLE = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final List<String> ARGUMENTS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private static final String AXE_RUN = "async () => JSON.stringify((await axe.run(document, {"
            + "resultTypes: ['violations'], preload: false, "
            + "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})).violations)";
    private static final int HEIGHT = 900;

    /** Initialised on first use, once, by the class loader. */
    private static final class Started {
        static final Chromium CHROMIUM = start();
    }

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

    private static Chromium start() {
        Chromium chromium = new Chromium();
        Runtime.getRuntime().addShutdownHook(new Thread(chromium::end, "end Chromium"));
        return chromium;
    }

    private void end() {
        browser.close();
        playwright.close();
    }

    /** The one that runs, or one that is started now; leaves the test out where there is none. */
    public static Chromium getOrSkip() {
        boolean there = Files.isExecutable(EXECUTABLE);
        if (!there) {
            System.err.println("""
                    ****************************************************************************************
                    *  The browser tests are LEFT OUT: there is no Chromium at %s.
                    *  Install one, or say where it is: mvn verify -Pbrowser -Dchromium=/path/of/chromium
                    ****************************************************************************************""".formatted(EXECUTABLE));
        }
        assumeTrue(there, "no Chromium");
        return Started.CHROMIUM;
    }

    /**
     * A tab of its own, without anybody's cookies; collects what the browser complains about.
     *
     * @param site where all that it loads has to come from
     */
    public Tab tab(URI site, Look look) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setBaseURL(site.toString())
                .setViewportSize(look.width(), HEIGHT)
                .setColorScheme(look.scheme())
                // Or colours would be judged while they change.
                .setReducedMotion(ReducedMotion.REDUCE));
        return new Tab(context, site);
    }

    /** A page, and what went wrong in it. */
    public final class Tab implements AutoCloseable {
        private final BrowserContext context;
        private final URI site;
        private final Page page;
        private final List<String> complaints = new ArrayList<>();

        private Tab(BrowserContext context, URI site) {
            this.context = context;
            this.site = site;
            this.page = context.newPage();
            String own = site.resolve("/").toString();
            page.onRequest(request -> {
                if (!request.url().startsWith(own)) {
                    complaints.add("something elsewhere was asked for: " + request.url());
                }
            });
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

        /** Loads a page of the site. */
        public Page open(String path) {
            page.navigate(path);
            return page;
        }

        /** Begins to load a page of the site, and does not wait for the answer. */
        public void beginToOpen(String path) {
            page.evaluate("url => { location.href = url; }", site.resolve(path).toString());
        }

        /** Makes another's cookies its own, such as those of a {@link hooklatch.testing.Browser} that has signed in. */
        public void take(Map<String, String> cookies) {
            context.clearCookies();
            context.addCookies(cookies.entrySet().stream()
                    .map(cookie -> new Cookie(cookie.getKey(), cookie.getValue()).setUrl(site.toString()))
                    .toList());
        }

        /** Shows the page that is loaded as it is on another screen. */
        public void show(Look look) {
            page.setViewportSize(look.width(), HEIGHT);
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(look.scheme()));
        }

        /**
         * Looks at the page that is loaded on each screen, and writes down what is seen.
         *
         * @param name of the page, and of its screenshots
         * @return what is wrong with it and where: rules of accessibility, being wider than the window, complaints
         */
        public List<String> faults(String name, Iterable<Look> looks) {
            List<String> faults = new ArrayList<>();
            complaints().forEach(complaint -> faults.add(name + ": " + complaint));
            for (Look look : looks) {
                show(look);
                String seen = name + "-" + look;
                screenshot(seen);
                accessibilityViolations().forEach(violation -> faults.add(seen + ": " + violation));
                int sideways = sidewaysScroll();
                if (sideways > 0) {
                    faults.add(seen + ": is " + sideways + " pixels wider than the window");
                }
            }
            complaints().forEach(complaint -> faults.add(name + ": " + complaint));
            return faults;
        }

        /**
         * Errors of scripts, of what was loaded and of the Content-Security-Policy; dialogs; requests to elsewhere. Forgets
         * them.
         */
        public List<String> complaints() {
            List<String> all = List.copyOf(complaints);
            complaints.clear();
            return all;
        }

        /** Rules of accessibility that the page breaks, and where. */
        public List<String> accessibilityViolations() {
            if ((boolean) page.evaluate("() => !window.axe")) {
                page.evaluate(axe);
            }
            String json = (String) page.evaluate(AXE_RUN);
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
}

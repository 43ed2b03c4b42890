package hooklatch.dev;

import hooklatch.testing.Browser;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.FormElement;

/**
 * Somebody who works with the dashboard while the demo runs. He is a user of the name {@value #NAME}, made by the admin when
 * the demo begins and disabled when it ends; his password is random and known to nobody. He loads the pages, fills their forms
 * and presses their buttons, so all that he does goes the way of what people do; the reasons that he gives begin with "Demo:".
 * To be used by one thread.
 */
final class DemoOperator {
    static final String NAME = "demo";

    private static final String REASON = "Demo: ";
    private static final String USERS = "/dashboard/users";

    private final String root;
    private final Browser admin;
    private final Browser operator;

    private DemoOperator(String root, Browser admin, Browser operator) {
        this.root = root;
        this.admin = admin;
        this.operator = operator;
    }

    /**
     * Lets the admin make him, and signs in.
     *
     * @param url of the application
     * @return nobody when the admin cannot sign in with what the settings say
     */
    static Optional<DemoOperator> begin(URI url, DevSettings settings) throws IOException, InterruptedException {
        URI server = url.resolve("/");
        Browser admin = new Browser(() -> server);
        Browser operator = new Browser(() -> server);
        DemoOperator made = new DemoOperator(url.getPath().replaceFirst("/$", ""), admin, operator);
        if (!made.signIn(
                admin,
                settings.value("DASHBOARD_ADMIN_USER").orElse("admin"),
                settings.value("DASHBOARD_ADMIN_PASSWORD").orElse("admin"))) {
            return Optional.empty();
        }
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        made.beMade(password);
        if (!made.signIn(operator, NAME, password)) {
            throw new IllegalStateException("The demo's operator cannot sign in.");
        }
        return Optional.of(made);
    }

    private void beMade(String password) throws IOException, InterruptedException {
        Optional<String> id = own();
        if (id.isEmpty()) {
            press(
                    admin,
                    page(admin, USERS),
                    "button[value=create]",
                    Map.of("username", NAME, "password", password, "role", "operator"));
            return;
        }
        change("password", id.get(), Map.of("password", password), "it begins again");
        if (has(page(admin, USERS), "a[href*=do=enable][href*=id=" + id.get() + "]")) {
            change("enable", id.get(), Map.of(), "it begins again");
        }
    }

    /** The number of his row, if he is there. */
    private Optional<String> own() throws IOException, InterruptedException {
        for (var user : admin.get(root + USERS + ".json").json().path("users")) {
            if (user.path("username").asText().equals(NAME)) {
                return Optional.of(user.path("id").asText());
            }
        }
        return Optional.empty();
    }

    /** Changes his row by the page that explains the change. */
    private void change(String what, String id, Map<String, String> fields, String why)
            throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(fields);
        all.put("reason", REASON + why);
        press(
                admin,
                page(admin, USERS + "/change?do=" + what + "&id=" + id),
                "form:has(input[name=do]) button[type=submit]",
                all);
    }

    private boolean signIn(Browser browser, String user, String password) throws IOException, InterruptedException {
        Document form = page(browser, "/dashboard/login");
        return send(browser, form, "main button[type=submit]", Map.of("username", user, "password", password))
                        .status()
                == 303;
    }

    /** Looks what a replay would do, and does it; false when there is nothing to replay any more. */
    boolean replay(String provider, String eventId, String why) throws IOException, InterruptedException {
        Document page = page(
                operator,
                "/dashboard/replay?provider=" + provider + "&event_id="
                        + URLEncoder.encode(eventId, StandardCharsets.UTF_8));
        if (!has(page, "button[value=dry-run]")) {
            return false;
        }
        Document rehearsed = press(operator, page, "button[value=dry-run]", Map.of());
        press(operator, rehearsed, "button[value=replay]", Map.of("reason", REASON + why));
        return true;
    }

    /** Replays all events of the first cause on the page of failures that begins so; false when there is none. */
    boolean replayCause(String beginning, String why) throws IOException, InterruptedException {
        for (Element cause : page(operator, "/dashboard/failures").select("section.failure")) {
            Element all = cause.selectFirst("a[href*=replay-group]");
            if (all != null && cause.select("h2").text().startsWith(beginning)) {
                press(
                        operator,
                        page(operator, all.attr("href").substring(root.length())),
                        "main form[method=post] button[type=submit]",
                        Map.of("reason", REASON + why));
                return true;
            }
        }
        return false;
    }

    /** Looks at what a payload says of people. */
    void reveal(String provider, String eventId, String why) throws IOException, InterruptedException {
        press(
                operator,
                page(operator, "/dashboard/events/" + provider + "/" + eventId),
                "form.reveal button",
                Map.of("reason", REASON + why));
    }

    /** Releases the lock of an event; false when it is not listed. */
    boolean release(String eventId, String why) throws IOException, InterruptedException {
        for (Element link : page(operator, "/dashboard/locks").select("#locks a[href*=locks/release]")) {
            if (link.attr("href").contains("event_id=" + eventId)) {
                press(
                        operator,
                        page(operator, link.attr("href").substring(root.length())),
                        "button.danger",
                        Map.of("reason", REASON + why));
                return true;
            }
        }
        return false;
    }

    /** Asks whether everything is as it should be. */
    void runChecks() throws IOException, InterruptedException {
        press(operator, page(operator, "/dashboard/checks"), "main form[method=post] button", Map.of());
    }

    /** His work is over, and nobody can be him any more. */
    void leave() throws IOException, InterruptedException {
        Optional<String> id = own();
        if (id.isPresent()) {
            change("disable", id.get(), Map.of(), "it is over");
        }
        press(admin, page(admin, "/dashboard/logout"), "main form[method=post] button", Map.of());
    }

    private Document page(Browser browser, String path) throws IOException, InterruptedException {
        return read(path, browser.get(root + path));
    }

    private static Document read(String path, Browser.Page page) {
        if (page.status() != 200) {
            throw new IllegalStateException("The demo's operator was answered " + page.status() + " at " + path);
        }
        return Jsoup.parse(page.body());
    }

    private static boolean has(Document page, String button) {
        return page.selectFirst(button) != null;
    }

    /** Fills the form that the button belongs to, presses it, and follows to where that leads. */
    private Document press(Browser browser, Document page, String button, Map<String, String> fields)
            throws IOException, InterruptedException {
        Browser.Page answer = send(browser, page, button, fields);
        if (answer.status() == 303) {
            URI to = URI.create(answer.header("Location"));
            String path = to.getRawPath() + (to.getRawQuery() == null ? "" : "?" + to.getRawQuery());
            return read(path, browser.get(path));
        }
        return read(button, answer);
    }

    private static Browser.Page send(Browser browser, Document page, String button, Map<String, String> fields)
            throws IOException, InterruptedException {
        Element pressed = page.selectFirst(button);
        if (pressed == null || !(pressed.closest("form") instanceof FormElement form)) {
            throw new IllegalStateException("There is no " + button + " on the page \"" + page.title() + "\"");
        }
        // A field may be there more than once, such as the statuses of a group.
        List<String> namesAndValues = new ArrayList<>();
        form.formData().stream()
                .filter(field -> !fields.containsKey(field.key()))
                .forEach(field -> namesAndValues.addAll(List.of(field.key(), field.value())));
        fields.forEach((name, value) -> namesAndValues.addAll(List.of(name, value)));
        if (pressed.hasAttr("name")) {
            namesAndValues.addAll(List.of(pressed.attr("name"), pressed.attr("value")));
        }
        return browser.postBare(form.attr("action").replaceFirst("#.*", ""), namesAndValues.toArray(String[]::new));
    }
}

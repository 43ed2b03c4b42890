package hooklatch.testing;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.domain.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A person's browser as far as a dashboard needs one: keeps cookies, follows no redirect, finds the token of a form. Not
 * thread-safe.
 */
public final class Browser {
    private static final Pattern TOKEN = Pattern.compile("name=\"csrf\" value=\"([^\"]*)\"");
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final Supplier<URI> site;
    private final Map<String, String> cookies = new LinkedHashMap<>();
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final List<String> setCookies = new ArrayList<>();

    /** What came back. */
    public record Page(int status, String body, HttpResponse<String> response) {
        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public JsonNode json() {
            return Json.read(body);
        }

        /** Token of the first form that is sent by POST. */
        public String token() {
            Matcher token = TOKEN.matcher(body);
            if (!token.find()) {
                throw new AssertionError("no form with a token in: " + body);
            }
            return token.group(1);
        }
    }

    /** @param site the application's address, asked before each request: a node may come back elsewhere */
    public Browser(Supplier<URI> site) {
        this.site = site;
    }

    /** Sends this header with every request from now on. */
    public Browser with(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** The same cookies, at another node. */
    public Browser at(Supplier<URI> other) {
        Browser same = new Browser(other);
        same.cookies.putAll(cookies);
        same.headers.putAll(headers);
        return same;
    }

    public Map<String, String> cookies() {
        return cookies;
    }

    /** The newest {@code Set-Cookie} of that name. */
    public String setCookie(String name) {
        return setCookies.stream()
                .filter(cookie -> cookie.startsWith(name + "="))
                .reduce((first, second) -> second)
                .orElse("");
    }

    public Page get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    /** Sends a form as it is, without a token. */
    public Page postBare(String path, String... namesAndValues) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form(namesAndValues))));
    }

    /** Loads the page with the form, takes its token and sends the form to the path. */
    public Page post(String formPage, String path, String... namesAndValues) throws IOException, InterruptedException {
        String token = get(formPage).token();
        String[] all = Arrays.copyOf(namesAndValues, namesAndValues.length + 2);
        all[namesAndValues.length] = "csrf";
        all[namesAndValues.length + 1] = token;
        return postBare(path, all);
    }

    public Page signIn(String user, String password) throws IOException, InterruptedException {
        return post("/dashboard/login", "/dashboard/login", "username", user, "password", password);
    }

    /** Any other method. */
    public Page method(String method, String path) throws IOException, InterruptedException {
        return send(request(path).method(method, HttpRequest.BodyPublishers.noBody()));
    }

    private HttpRequest.Builder request(String path) {
        String base = site.get().toString().replaceFirst("/$", "");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        if (!cookies.isEmpty()) {
            request.header(
                    "Cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        headers.forEach(request::header);
        return request;
    }

    private Page send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response =
                CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        for (String cookie : response.headers().allValues("Set-Cookie")) {
            setCookies.add(cookie);
            int equals = cookie.indexOf('=');
            String value = cookie.substring(equals + 1).split(";", 2)[0].replace("\"", "");
            if (cookie.matches("(?i).*;\\s*max-age=0.*") || value.isEmpty()) {
                cookies.remove(cookie.substring(0, equals));
            } else {
                cookies.put(cookie.substring(0, equals), value);
            }
        }
        return new Page(response.statusCode(), response.body(), response);
    }

    private static String form(String... namesAndValues) {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            form.append(i == 0 ? "" : "&")
                    .append(URLEncoder.encode(namesAndValues[i], StandardCharsets.UTF_8))
                    .append('=')
                    .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return form.toString();
    }
}

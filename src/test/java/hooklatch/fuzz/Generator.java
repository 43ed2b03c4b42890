package hooklatch.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.domain.Payload;
import hooklatch.fuzz.Input.Due;
import hooklatch.fuzz.Input.Signed;
import hooklatch.testing.Signer;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Makes the input of each number from the seed. Only signatures differ between two runs, for they hold the time. Thread-safe.
 */
final class Generator {
    static final int ORDERS = 1_000;

    private static final List<String> PROVIDERS = List.of("stripe", "stripe", "stripe", "razorpay", "standard");
    /** One writes what is not ASCII as it is, one as an escape: only that can spell half of a surrogate pair. */
    private static final List<JsonMapper> WRITERS = List.of(
            JsonMapper.builder().build(),
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build());

    private static final List<String> PAGES = List.of(
            "/dashboard/overview",
            "/dashboard/events",
            "/dashboard/locks",
            "/dashboard/failures",
            "/dashboard/rejected",
            "/dashboard/checks",
            "/dashboard/users",
            "/dashboard/audit",
            "/dashboard/replays",
            "/dashboard/orders",
            "/dashboard/account",
            "/dashboard/replay",
            "/dashboard/replay-group",
            "/dashboard/locks/release",
            "/dashboard/login");
    private static final List<String> FORMS = List.of(
            "/dashboard/replay",
            "/dashboard/replay",
            "/dashboard/locks/release",
            "/dashboard/checks",
            "/dashboard/replay-group",
            "/dashboard/replays",
            "/dashboard/users",
            "/dashboard/events");
    private static final List<String> PARAMETERS = List.of(
            "q",
            "provider",
            "status",
            "type",
            "from",
            "to",
            "cursor",
            "cause",
            "check",
            "after",
            "done",
            "range",
            "user",
            "target",
            "action",
            "event_id",
            "newest",
            "request",
            "reason",
            "timeline",
            "released",
            "result",
            "id",
            "do",
            "holder",
            "next",
            "view",
            "run",
            "username",
            "role");
    private static final List<String> SENSE = List.of(
            "stripe",
            "razorpay",
            "processed",
            "failed",
            "skipped",
            "evt_f17",
            "order:17",
            "type:payment_intent.succeeded status:failed",
            "payment_intent.succeeded",
            "2026-11-24T10:00",
            "0001-01-01",
            "9999-12-31T23:59:59.999999999",
            "17",
            "1h",
            "dry-run",
            "replay",
            "eyJhIjoxfQ");
    private static final List<String> OTHER_PATHS = List.of(
            "/",
            "/webhooks",
            "/webhooks/",
            "/webhooks/paypal",
            "/webhooks/stripe/x",
            "/webhooks/stripe/",
            "/webhooks//stripe",
            "/webhooks/stripe;a=b",
            "/webhooks/%73tripe",
            "/webhooks/../webhooks/stripe",
            "/webhooks/stripe%00",
            "/webhooks/stripe%0d%0aX:y",
            "/health/live",
            "/health/ready",
            "/health/x",
            "/metrics",
            "/error",
            "/static/app.css",
            "/static/../WEB-INF/web.xml",
            "/static/%2e%2e/WEB-INF/web.xml",
            "/static/..;/WEB-INF/web.xml",
            "/WEB-INF/web.xml",
            "/web-inf/web.xml",
            "/WEB-INF%2fweb.xml",
            "/%57EB-INF/web.xml",
            "/META-INF/context.xml",
            "/dashboard/x",
            "/favicon.ico",
            "//127.0.0.1/dashboard/events/",
            "/dashboard/events//",
            "/dashboard//127.0.0.1/");

    /** Who may look at pages. */
    record Visitors(String apiToken, String readerCookie, String operatorCookie, String operatorForm) {}

    private final long seed;
    private final Map<String, String> secrets;
    private final Visitors visitors;
    private final Bodies bodies = new Bodies(ORDERS);

    Generator(long seed, Map<String, String> secrets, Visitors visitors) {
        this.seed = seed;
        this.secrets = secrets;
        this.visitors = visitors;
    }

    Input input(long number) {
        // Neighbouring seeds give neighbouring first numbers: mixed, and the first few thrown away.
        Random random = new Random((seed * 0x9E3779B97F4A7C15L) ^ (number * 0xBF58476D1CE4E5B9L));
        random.nextLong();
        int kind = random.nextInt(1_000);
        if (kind < 620) {
            return unsigned(number, random);
        } else if (kind < 770) {
            return signedText(number, random);
        } else if (kind < 830) {
            return signedTree(number, random);
        } else if (kind < 845) {
            return again(number, random);
        } else if (kind < 925) {
            return brokenHttp(number, random);
        } else if (kind < 960) {
            return otherPath(number, random);
        } else if (kind < 983) {
            return status(number, random);
        } else if (kind < 997) {
            return page(number, random);
        }
        return form(number, random);
    }

    /** A request under construction. */
    private static final class Request {
        private String method = "POST";
        private String target = "/";
        private String version = "HTTP/1.1";
        private final List<String> headers = new ArrayList<>(List.of("Host: localhost"));
        private byte[] body = new byte[0];

        Request to(String target) {
            this.target = target;
            return this;
        }

        Request by(String method) {
            this.method = method;
            return this;
        }

        Request with(String name, String value) {
            headers.add(name + ": " + value);
            return this;
        }

        Request withBody(byte[] body) {
            this.body = body;
            return with("Content-Length", Integer.toString(body.length));
        }

        Request withAll(Map<String, String> more) {
            more.forEach(this::with);
            return this;
        }

        byte[] bytes() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length + 512);
            bytes.writeBytes((method + " " + target + " " + version + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            for (String header : headers) {
                bytes.writeBytes((header + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            }
            bytes.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
            bytes.writeBytes(body);
            return bytes.toByteArray();
        }
    }

    private static <T> T any(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    /** A body that nobody signed, or whose signature is of another body, time, key or form. */
    private Input unsigned(long number, Random random) {
        String provider = any(PROVIDERS, random);
        byte[] body = text(bodies.good(provider, random, number), random);
        byte[] sent = random.nextInt(3) > 0 ? Bodies.mutate(body, random) : body;
        Map<String, String> headers = new java.util.LinkedHashMap<>(sign(provider, body, "evt_f" + number));
        String signature = headers.keySet().stream()
                .filter(name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("signature"))
                .findFirst()
                .orElseThrow();
        String right = headers.getOrDefault(signature, "");
        switch (random.nextInt(8)) {
            case 0 -> headers.remove(signature);
            case 1 -> headers.put(signature, printable(Hostile.text(random)));
            case 2 -> headers.put(signature, printable(Hostile.noise(random)));
            case 3 -> headers.put(signature, right.toUpperCase(java.util.Locale.ROOT) + "0");
            case 4 -> headers.put(signature, "t=" + random.nextLong() + ",v1=" + right);
            case 5 -> headers.put(signature, "v1,".repeat(1 + random.nextInt(40)));
            case 6 -> headers.put(signature, right.substring(0, random.nextInt(right.length())));
            default -> headers.putAll(signWith("another-key-entirely-0123456789", provider, body, "evt_f" + number));
        }
        Request request = delivery(provider, sent).withAll(headers);
        decorate(request, random);
        return new Input(number, "not signed", new Payload(request.bytes()), Due.DELIVERY, null, false);
    }

    /** Signed as it should be, with a text that is no JSON, or hardly. */
    private Input signedText(long number, Random random) {
        String provider = any(PROVIDERS, random);
        byte[] body = Bodies.mutate(text(bodies.good(provider, random, number), random), random);
        return signed(number, "signed, text mutated", provider, body, "evt_f" + number, random);
    }

    /** Signed as it should be, and JSON, but not what a provider means. */
    private Input signedTree(long number, Random random) {
        String provider = any(PROVIDERS, random);
        ObjectNode tree = bodies.good(provider, random, number);
        if (random.nextInt(5) > 0) {
            bodies.mutate(tree, random);
        }
        String id = random.nextInt(20) == 0 ? printable(Hostile.text(random)) : "evt_f" + number;
        return signed(number, "signed, tree mutated", provider, text(tree, random), id, random);
    }

    /** An event again that came a little earlier, or comes at this moment. */
    private Input again(long number, Random random) {
        long earlier = number - 1 - random.nextInt(200);
        Random same = new Random(earlier);
        String provider = any(PROVIDERS, same);
        byte[] body = text(bodies.good(provider, same, earlier), same);
        return signed(number, "signed, sent again", provider, body, "evt_f" + earlier, random);
    }

    private Input signed(long number, String kind, String provider, byte[] body, String id, Random random) {
        Request request = delivery(provider, body).withAll(sign(provider, body, id));
        decorate(request, random);
        String said = provider.equals("stripe") ? idIn(body) : id.strip();
        return new Input(
                number,
                kind,
                new Payload(request.bytes()),
                Due.DELIVERY,
                new Signed(provider, said, new Payload(body)),
                false);
    }

    private static Request delivery(String provider, byte[] body) {
        return new Request().to("/webhooks/" + provider).withBody(body);
    }

    /** What changes nothing about a delivery, however odd. */
    private static void decorate(Request request, Random random) {
        if (random.nextInt(2) == 0) {
            return;
        }
        switch (random.nextInt(12)) {
            case 0 ->
                request.with(
                        "Content-Type",
                        any(
                                List.of(
                                        "application/json",
                                        "text/plain; charset=utf-16",
                                        "application/x-www-form-urlencoded",
                                        "a/b; charset=nope",
                                        "multipart/form-data; boundary=x",
                                        "",
                                        ";;;",
                                        "application/json; charset=\"\""),
                                random));
            case 1 ->
                request.with("Content-Encoding", any(List.of("gzip", "deflate, gzip", "br", "identity", "x"), random));
            case 2 -> request.with("X-Forwarded-For", printable(Hostile.text(random)) + ", " + Canaries.HEADER);
            case 3 ->
                request.with(
                        "Cookie", "a=" + Canaries.HEADER + "; hooklatch_session=" + printable(Hostile.text(random)));
            case 4 -> request.with("Authorization", "Basic " + Canaries.HEADER);
            case 5 -> request.with("User-Agent", Canaries.HEADER + "x".repeat(random.nextInt(2_000)));
            case 6 -> request.with("Expect", "100-continue");
            case 7 -> request.with("Accept-Encoding", "gzip").with("Accept", Canaries.HEADER);
            case 8 -> request.with("X-" + Canaries.HEADER, printable(Hostile.noise(random)));
            case 9 -> request.to(request.target + "?event_id=" + Canaries.HEADER + "&x=%zz%");
            case 10 -> request.with("X-HTTP-Method-Override", "GET").with("Origin", "http://" + Canaries.HEADER);
            default -> {
                for (int i = random.nextInt(40); i >= 0; i--) {
                    request.with("X-Many-" + i, Integer.toString(i));
                }
            }
        }
    }

    /** HTTP that no client sends. */
    private Input brokenHttp(long number, Random random) {
        String provider = any(PROVIDERS, random);
        byte[] body = text(bodies.good(provider, random, number), random);
        Map<String, String> signature = sign(provider, body, "evt_f" + number);
        Request request = delivery(provider, body).withAll(signature);
        boolean ends = true;
        Due due = Due.ANYTHING;
        switch (random.nextInt(24)) {
            case 0 -> request.headers.set(1, "Content-Length: " + (body.length + 1 + random.nextInt(50)));
            case 1 -> request.headers.set(1, "Content-Length: " + random.nextInt(body.length));
            case 2 -> request.headers.set(1, "Content-Length: -1");
            case 3 -> request.headers.set(1, "Content-Length: " + Long.MAX_VALUE);
            case 4 -> request.headers.set(1, "Content-Length: 99999999999999999999999");
            case 5 -> request.headers.set(1, "Content-Length: " + printable(Hostile.text(random)));
            case 6 -> request.with("Content-Length", Integer.toString(body.length + 1));
            case 7 -> request.with("Transfer-Encoding", "chunked");
            case 8 ->
                request.headers.set(
                        1, "Transfer-Encoding: " + any(List.of("gzip", "identity", "chunked, x", "xchunked"), random));
            case 9 -> {
                request.headers.set(1, "Transfer-Encoding: chunked");
                request.body = chunked(body, random);
                ends = false;
            }
            case 10 -> {
                request.headers.set(1, "Transfer-Encoding: chunked");
                request.body = (any(List.of("zz", "-1", "ffffffffffffffff", "1;" + "x".repeat(9_000), "0x5"), random)
                                + "\r\nabcde\r\n0\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1);
            }
            case 11 -> request.with("X-Huge", "x".repeat(20_000));
            case 12 -> {
                for (int i = 0; i < 500; i++) {
                    request.with("X-" + i, "xxxxxxxxxxxxxxxx");
                }
            }
            case 13 -> request.with("X-Control", "a\u0000b\u0001" + Hostile.noise(random));
            case 14 ->
                request.headers.add(any(List.of(": x", " folded: x", "X y: z", "no colon", "X\u0000: y"), random));
            case 15 ->
                request.version =
                        any(List.of("HTTP/0.9", "HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "http/1.1", "", "X"), random);
            case 16 ->
                request.method = any(
                        List.of("GET", "PUT", "TRACE", "OPTIONS", "CONNECT", "PRI", "post", "x".repeat(300), "P\u0000"),
                        random);
            case 17 ->
                request.headers.set(
                        0,
                        any(
                                List.of(
                                        "Host: ",
                                        "Host: a b",
                                        "Host: x\r\nHost: y",
                                        "X: no host",
                                        "Host: " + "h".repeat(300)),
                                random));
            case 18 -> request.to("/webhooks/stripe?" + "q".repeat(10_000));
            case 19 -> request.to(raw(Hostile.text(random)));
            case 20 ->
                request.with("Upgrade", "h2c")
                        .with("Connection", "Upgrade, HTTP2-Settings")
                        .with("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA");
            case 21 -> request.with("Expect", any(List.of("200-ok", "100-continue, x", ""), random));
            case 22 -> {
                due = Due.NOTHING;
                request.headers.set(1, "Content-Length: " + (body.length + 10));
            }
            default -> {
                byte[] noise = request.bytes();
                for (int i = 0; i < 6; i++) {
                    noise[random.nextInt(Math.min(noise.length, 300))] = (byte) random.nextInt(256);
                }
                return new Input(
                        number,
                        "broken HTTP",
                        new Payload(noise),
                        Due.ANYTHING,
                        event(provider, body, "evt_f" + number),
                        true);
            }
        }
        return new Input(
                number,
                "broken HTTP",
                new Payload(request.bytes()),
                due,
                event(provider, body, "evt_f" + number),
                ends);
    }

    private Signed event(String provider, byte[] body, String id) {
        return new Signed(provider, provider.equals("stripe") ? idIn(body) : id, new Payload(body));
    }

    private static byte[] chunked(byte[] body, Random random) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream(body.length + 200);
        for (int at = 0; at < body.length; ) {
            int size = Math.min(body.length - at, 1 + random.nextInt(2_000));
            chunks.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            chunks.write(body, at, size);
            chunks.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
            at += size;
        }
        chunks.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return chunks.toByteArray();
    }

    /** Any other path by any method, with and without who one is. */
    private Input otherPath(long number, Random random) {
        String path = any(OTHER_PATHS, random);
        if (random.nextInt(4) == 0) {
            path = "/webhooks/" + raw(random.nextBoolean() ? Hostile.text(random) : Hostile.noise(random));
        }
        Request request = new Request()
                .by(any(List.of("GET", "GET", "HEAD", "POST", "DELETE", "OPTIONS"), random))
                .to(path + query(random));
        if (request.method.equals("POST")) {
            request.withBody("{}".getBytes(StandardCharsets.US_ASCII));
        }
        identify(request, random);
        return new Input(number, "other paths", new Payload(request.bytes()), Due.ANYTHING, null, false);
    }

    private Input status(long number, Random random) {
        String id = switch (random.nextInt(5)) {
            case 0 -> encoded(Hostile.text(random));
            case 1 -> raw(Hostile.noise(random));
            case 2 -> encoded(Hostile.noise(random));
            default -> "evt_f" + random.nextInt((int) Math.min(number + 1, 1_000_000));
        };
        String target = random.nextInt(3) == 0 ? "/webhooks/status?event_id=" + id : "/webhooks/status/" + id;
        String query = random.nextInt(3) > 0
                ? ""
                : (target.indexOf('?') < 0 ? "?" : "&") + "provider="
                        + (random.nextBoolean() ? "stripe" : escapes(Hostile.text(random), random));
        Request request =
                new Request().by(random.nextInt(10) == 0 ? "HEAD" : "GET").to(target + query);
        identify(request, random);
        return new Input(number, "status", new Payload(request.bytes()), Due.ANYTHING, null, false);
    }

    /** A page or its twin, with parameters that make sense and others that do not. */
    private Input page(long number, Random random) {
        String path = any(PAGES, random);
        switch (random.nextInt(8)) {
            case 0 ->
                path = "/dashboard/events/" + any(PROVIDERS, random) + "/evt_f"
                        + random.nextInt((int) Math.min(number + 1, 100_000));
            case 1 ->
                path = "/dashboard/orders/"
                        + (random.nextBoolean() ? encoded(Hostile.text(random)) : 1 + random.nextInt(ORDERS));
            case 2 ->
                path = "/dashboard/events/" + encoded(Hostile.text(random)) + "/" + encoded(Hostile.noise(random));
            case 3 -> path = "/dashboard/replays/" + encoded(Hostile.text(random));
            default -> {
                // As it is.
            }
        }
        if (random.nextInt(3) == 0) {
            path += ".json";
        }
        Request request =
                new Request().by(random.nextInt(20) == 0 ? "HEAD" : "GET").to(path + query(random));
        if (random.nextInt(5) == 0) {
            identify(request, random);
        } else {
            request.with("Cookie", visitors.readerCookie());
        }
        if (random.nextInt(10) == 0) {
            request.with("X-Hooklatch-Refresh", printable(Hostile.text(random)));
        }
        return new Input(number, "pages", new Payload(request.bytes()), Due.PAGE, null, false);
    }

    /** A form of somebody who may send it. */
    private Input form(long number, Random random) {
        boolean own = random.nextInt(4) > 0;
        String fields = query(random);
        String body = (own ? "csrf=" + visitors.operatorForm() : "csrf=" + escapes(Hostile.text(random), random))
                + fields.replaceFirst("^\\?", "&");
        Request request = new Request()
                .to(any(FORMS, random))
                .with(
                        "Content-Type",
                        any(
                                List.of(
                                        "application/x-www-form-urlencoded",
                                        "application/x-www-form-urlencoded",
                                        "application/x-www-form-urlencoded; charset=utf-16",
                                        "application/x-www-form-urlencoded; charset=nope",
                                        "multipart/form-data; boundary=x",
                                        "text/plain"),
                                random))
                .with("Cookie", visitors.operatorCookie());
        if (random.nextInt(8) == 0) {
            request.with("Sec-Fetch-Site", any(List.of("cross-site", "same-origin", "x"), random));
        }
        request.withBody(body.getBytes(StandardCharsets.ISO_8859_1));
        return new Input(number, "forms", new Payload(request.bytes()), Due.PAGE, null, false);
    }

    private void identify(Request request, Random random) {
        switch (random.nextInt(6)) {
            case 0 -> {
                // Nobody.
            }
            case 1 -> request.with("Authorization", "Bearer " + printable(Hostile.text(random)));
            case 2 ->
                request.with(
                        "Cookie",
                        "hooklatch_session=" + printable(Hostile.text(random)) + "; hooklatch_draft=%%%; ===;");
            case 3 -> request.with("Cookie", visitors.readerCookie());
            default -> request.with("Authorization", "Bearer " + visitors.apiToken());
        }
    }

    private static String query(Random random) {
        StringBuilder query = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            query.append(query.isEmpty() ? '?' : '&')
                    .append(random.nextInt(12) == 0 ? escapes(Hostile.text(random), random) : any(PARAMETERS, random))
                    .append(random.nextInt(20) == 0 ? "" : "=")
                    .append(
                            random.nextInt(2) == 0
                                    ? encoded(any(SENSE, random))
                                    : escapes(Hostile.text(random), random));
        }
        return query.toString();
    }

    /** As UTF-8 in escapes; now and then in escapes that are none, or that are no UTF-8. */
    private static String escapes(String text, Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> any(List.of("%", "%zz", "%f", "%ff%fe", "%c0%80", "%ed%a0%80", "%u0041", "%00", "+%2b"), random);
            case 1 -> raw(text);
            default -> encoded(text);
        };
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Without what would end the request line. */
    private static String raw(String text) {
        return text.replaceAll("[\\s\u0000-\u001f#]", "_");
    }

    /** As a header may hold it. */
    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?").strip();
    }

    private static byte[] text(ObjectNode tree, Random random) {
        try {
            return any(WRITERS, random).writeValueAsString(tree).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** By a reader that is not the product's; null when there is none. */
    @Nullable
    private static String idIn(byte[] body) {
        try {
            JsonNode id = WRITERS.get(0)
                    .readTree(new String(body, StandardCharsets.UTF_8).replaceFirst("^\uFEFF", ""))
                    .path("id");
            return id.isTextual() ? id.textValue() : null;
        } catch (JsonProcessingException | RuntimeException notJson) {
            return null;
        }
    }

    private Map<String, String> sign(String provider, byte[] body, String id) {
        return signWith(secrets.getOrDefault(provider, ""), provider, body, id);
    }

    private static Map<String, String> signWith(String secret, String provider, byte[] body, String id) {
        return switch (provider) {
            case "stripe" -> Signer.stripe(secret, body, Instant.now());
            case "razorpay" -> Signer.razorpay(secret, body, id);
            default ->
                Signer.standard(
                        secret.startsWith("whsec_") ? secret : "whsec_YW5vdGhlci1rZXktZW50aXJlbHk=",
                        id,
                        body,
                        Instant.now());
        };
    }
}

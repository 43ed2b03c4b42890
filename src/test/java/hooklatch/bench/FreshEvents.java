package hooklatch.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.testing.Samples;
import hooklatch.testing.Signer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Payments that nobody has told of yet, each of an order of its own, signed and ready to be sent. Not thread-safe. */
final class FreshEvents {
    static final long FIRST_ORDER = 10_000_000;
    static final String BODY = Samples.text("stripe/payment_intent.succeeded.json");
    static final String EVENT = found("\\bevt_[0-9A-Za-z]+");
    static final String PAYMENT = found("\\bpi_[0-9A-Za-z]+");
    static final String CHARGE = found("\\bch_[0-9A-Za-z]+");
    private static final int ORDERS_OF_A_STATEMENT = 1_000;

    private final Connection connection;
    private final String secret;
    /** Epoch seconds, by the number of the first event that was made then. */
    private final NavigableMap<Long, Long> created = new TreeMap<>();

    private long next;

    /**
     * @param connection to the database, for the orders; autocommit on
     * @param secret of Stripe's signature
     */
    FreshEvents(Connection connection, String secret) {
        this.connection = connection;
        this.secret = secret;
    }

    private static String found(String pattern) {
        var matcher = Pattern.compile(pattern).matcher(BODY);
        if (!matcher.find()) {
            throw new IllegalStateException("the sample has no " + pattern);
        }
        return matcher.group();
    }

    /** Makes orders for so many events and passes over their numbers; returns the first. */
    long orders(int count) throws SQLException {
        long first = next;
        next += count;
        for (int done = 0; done < count; done += ORDERS_OF_A_STATEMENT) {
            orders(connection, FIRST_ORDER + first + done, Math.min(ORDERS_OF_A_STATEMENT, count - done));
        }
        return first;
    }

    /** Whole requests. */
    byte[][] requests(int count) throws SQLException {
        long first = orders(count);
        byte[][] requests = new byte[count][];
        Instant now = Instant.now();
        created.put(first, now.getEpochSecond());
        for (int i = 0; i < count; i++) {
            requests[i] = delivery(first + i, now);
        }
        return requests;
    }

    /** The first so many of all that were made, signed anew. */
    byte[][] again(int count) {
        byte[][] requests = new byte[count][];
        Instant now = Instant.now();
        Arrays.setAll(requests, i -> delivery(i, now));
        return requests;
    }

    private byte[] delivery(long number, Instant at) {
        String body = BODY.replace(EVENT, id("evt_", number))
                .replace(PAYMENT, id("pi_", number))
                .replace(CHARGE, id("ch_", number))
                .replaceFirst(
                        "(\"created\"\\s*:\\s*)\\d+",
                        "$1" + created.floorEntry(number).getValue())
                .replaceAll("\"(order_id\"\\s*:\\s*)\"\\d+\"", "\"$1\"" + (FIRST_ORDER + number) + "\"");
        byte[] bytes = body.getBytes(UTF_8);
        return post("/webhooks/stripe", Signer.stripe(secret, bytes, at), bytes);
    }

    static void orders(Connection connection, long first, int count) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            StringBuilder sql = new StringBuilder();
            for (int i = 0; i < count; i++) {
                sql.append(sql.isEmpty() ? "INSERT INTO orders (id, user_id, total_amount) VALUES " : ", ")
                        .append('(')
                        .append(first + i)
                        .append(", 1, 49.99)");
            }
            statement.execute(sql.toString());
        }
    }

    static String id(String prefix, long number) {
        return prefix + "bench" + String.format(Locale.ROOT, "%019d", number);
    }

    static byte[] get(String path, String header) {
        return ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n\r\n").getBytes(ISO_8859_1);
    }

    static byte[] post(String path, Map<String, String> headers, byte[] body) {
        StringBuilder head = new StringBuilder(
                "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        byte[] start = head.toString().getBytes(ISO_8859_1);
        byte[] request = Arrays.copyOf(start, start.length + body.length);
        System.arraycopy(body, 0, request, start.length, body.length);
        return request;
    }
}

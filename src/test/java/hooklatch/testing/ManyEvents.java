package hooklatch.testing;

import hooklatch.domain.ErrorCause;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Fills a database with events as a shop would have them after a while: orders, their payments, refunds and disputes, the
 * events that told of them with bodies of real size, and every delivery. The facts are those that the events would have
 * had, so the checks of the dashboard find nothing. Made by the server itself, block by block, in the order of time.
 *
 * <p>Ten events of three orders are a block: one paid, one declined, paid and partly refunded, one paid at Razorpay. Of the
 * blocks one in fifty has a refused event, one in five hundred a dead letter, one in two thousand an event of a rare
 * provider and of a rare type. The event in the middle has a storm of duplicates, a fiftieth of all deliveries. Every
 * second block had a delivery that was rejected, every tenth an entry in the audit log.
 */
public final class ManyEvents {
    /** Events of a block. */
    public static final int BLOCK = 10;

    private static final int BLOCKS_OF_A_TRANSACTION = 1_000;
    private static final String REFUSED = "b % 50 = 7";
    private static final String DEAD = "b % 500 = 33";

    private final int blocks;
    private final int deliveries;
    private final Instant newest;
    private final Duration span;

    /**
     * @param events how many, rounded down to whole blocks
     * @param deliveries how many, about; at least as many as events
     * @param newest time of the newest event
     * @param span time between the oldest and the newest
     */
    public ManyEvents(int events, int deliveries, Instant newest, Duration span) {
        this.blocks = events / BLOCK;
        this.deliveries = deliveries;
        this.newest = newest;
        this.span = span;
    }

    /** A kind of event of each block, with the words for it. */
    private record Kind(String provider, String type, boolean skipped, String result, String sample) {}

    private static final String STRIPE = "stripe";
    private static final String RAZORPAY = "razorpay";

    private static final List<Kind> KINDS = List.of(
            skipped(STRIPE, "payment_intent.created", "stripe/payment_intent.succeeded.json"),
            kind(
                    STRIPE,
                    "payment_intent.succeeded",
                    "{\"action\":\"payment_success\",\"order_id\":@ORDER@,\"payment_id\":\"@PAYMENT@\",\"amount\":49.99,"
                            + "\"currency\":\"USD\",\"changed\":true}",
                    "stripe/payment_intent.succeeded.json"),
            skipped(STRIPE, "charge.updated", "stripe/charge.succeeded.uncaptured.json"),
            kind(
                    STRIPE,
                    "payment_intent.payment_failed",
                    "{\"action\":\"payment_failed\",\"order_id\":@ORDER@,\"payment_id\":\"@PAYMENT@\","
                            + "\"error\":\"Your card has insufficient funds.\",\"changed\":true}",
                    "stripe/payment_intent.payment_failed.json"),
            kind(
                    STRIPE,
                    "payment_intent.succeeded",
                    "{\"action\":\"payment_success\",\"order_id\":@ORDER@,\"payment_id\":\"@PAYMENT@\",\"amount\":49.99,"
                            + "\"currency\":\"USD\",\"changed\":true}",
                    "stripe/payment_intent.succeeded.json"),
            kind(
                    STRIPE,
                    "refund.created",
                    "{\"action\":\"refund_processed\",\"order_id\":@ORDER@,\"payment_id\":\"@PAYMENT@\","
                            + "\"refund_id\":\"@REFUND@\",\"amount\":10.00,\"currency\":\"USD\",\"changed\":true}",
                    "stripe/refund.created.json"),
            kind(
                    STRIPE,
                    "charge.refunded",
                    "{\"action\":\"refund_processed\",\"order_id\":@ORDER@,\"payment_id\":\"@PAYMENT@\","
                            + "\"refund_id\":null,\"amount\":10.00,\"currency\":\"USD\",\"changed\":false}",
                    "stripe/charge.refunded.partial.json"),
            skipped(RAZORPAY, "payment.authorized", "razorpay/payment.authorized.json"),
            kind(
                    RAZORPAY,
                    "payment.captured",
                    "{\"action\":\"payment_success\",\"order_id\":@ORDER@,\"payment_id\":\"@PAYMENT@\",\"amount\":4999.00,"
                            + "\"currency\":\"INR\",\"changed\":true}",
                    "razorpay/payment.captured.json"),
            kind(
                    RAZORPAY,
                    "order.paid",
                    "{\"action\":\"payment_success\",\"order_id\":@ORDER@,\"payment_id\":\"@PAYMENT@\",\"amount\":4999.00,"
                            + "\"currency\":\"INR\",\"changed\":false}",
                    "razorpay/order.paid.json"));

    private static Kind kind(String provider, String type, String result, String sample) {
        return new Kind(provider, type, false, result, sample);
    }

    private static Kind skipped(String provider, String type, String sample) {
        return new Kind(
                provider,
                type,
                true,
                "{\"status\":\"skipped\",\"message\":\"Unhandled event type: " + type + "\"}",
                sample);
    }

    /** The id of the n-th event, of a database that had no orders. */
    public static String eventId(int n) {
        return "evt_" + hash("e" + n);
    }

    /** The payment of an order. */
    public static String paymentId(long order) {
        return (order % 3 == 0 ? "pay_" : "pi_") + hash("p" + order);
    }

    /** The refund of an order whose number leaves 2 when divided by 3. */
    public static String refundId(long order) {
        return "re_" + hash("r" + order);
    }

    /** The event with the storm of duplicates. */
    public String stormEventId() {
        return eventId(blocks / 2 * BLOCK + 1);
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest).substring(0, 24);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Loads all of it.
     *
     * @param connection to a database with the schema; autocommit on
     * @param progress is told now and then how far it is
     */
    public void load(Connection connection, Consumer<String> progress) throws SQLException {
        try (Statement sql = connection.createStatement()) {
            prepare(connection, sql);
            connection.setAutoCommit(false);
            for (int from = 0; from < blocks; from += BLOCKS_OF_A_TRANSACTION) {
                int to = Math.min(blocks, from + BLOCKS_OF_A_TRANSACTION);
                facts(sql, from, to);
                events(sql, from, to);
                deliveries(sql, from, to);
                rejectionsAndActions(sql, from, to);
                connection.commit();
                if (to % (BLOCKS_OF_A_TRANSACTION * 10) == 0 || to == blocks) {
                    progress.accept(String.format(Locale.ROOT, "%,d of %,d events", to * BLOCK, blocks * BLOCK));
                }
            }
            connection.setAutoCommit(true);
            for (String table : List.of("numbers", "kinds", "copies")) {
                sql.execute("DROP TABLE hooklatch_load_" + table);
            }
            sql.execute(
                    "ANALYZE TABLE webhook_events, webhook_deliveries, webhook_rejections, webhook_rejection_minutes,"
                            + " payments, refunds, orders, audit_log");
        }
    }

    private void prepare(Connection connection, Statement sql) throws SQLException {
        for (String table : List.of("numbers", "kinds", "copies")) {
            sql.execute("DROP TABLE IF EXISTS hooklatch_load_" + table);
        }
        sql.execute("CREATE TABLE hooklatch_load_numbers (b INT NOT NULL PRIMARY KEY) ENGINE = InnoDB");
        sql.execute("INSERT INTO hooklatch_load_numbers VALUES (0)");
        for (int size = 1; size < blocks; size *= 2) {
            sql.execute("INSERT INTO hooklatch_load_numbers SELECT b + " + size
                    + " FROM hooklatch_load_numbers WHERE b + " + size + " < " + blocks);
        }
        sql.execute("""
                CREATE TABLE hooklatch_load_kinds (
                    k INT NOT NULL PRIMARY KEY,
                    provider VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
                    event_type VARCHAR(255) NOT NULL,
                    status VARCHAR(20) NOT NULL, result TEXT NOT NULL, payload MEDIUMTEXT NOT NULL
                ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin""");
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO hooklatch_load_kinds VALUES (?, ?, ?, ?, ?, ?)")) {
            for (int k = 0; k < KINDS.size(); k++) {
                Kind kind = KINDS.get(k);
                insert.setInt(1, k);
                insert.setString(2, kind.provider());
                insert.setString(3, kind.type());
                insert.setString(4, kind.skipped() ? "skipped" : "processed");
                insert.setString(5, kind.result());
                insert.setString(6, template(Samples.text(kind.sample())));
                insert.executeUpdate();
            }
        }
        copies(sql);
        long orders;
        try (var row = sql.executeQuery("SELECT COALESCE(MAX(id), 0) FROM orders")) {
            row.next();
            orders = row.getLong(1);
        }
        sql.execute("SET @o = " + orders);
    }

    /** How often each of ten events in a row is delivered: mostly once, now and then many times. */
    private void copies(Statement sql) throws SQLException {
        sql.execute("CREATE TABLE hooklatch_load_copies (slot INT NOT NULL, j INT NOT NULL, PRIMARY KEY (slot, j))"
                + " ENGINE = InnoDB");
        int perBlock = Math.max(BLOCK, (int) ((long) deliveries * 49 / 50 / Math.max(1, blocks)));
        int[] copies = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
        int[] shares = {0, 0, 0, 0, 0, 4, 4, 4, 9, 19};
        int spare = perBlock - BLOCK;
        for (int slot = 0; slot < BLOCK; slot++) {
            copies[slot] += spare * shares[slot] / 40;
        }
        for (int slot = 0; slot < BLOCK; slot++) {
            for (int j = 0; j < copies[slot]; j++) {
                sql.execute("INSERT INTO hooklatch_load_copies VALUES (" + slot + ", " + j + ")");
            }
        }
    }

    private static String template(String sample) {
        return sample.replaceAll("evt_[0-9A-Za-z]+", "@EVENT@")
                .replaceAll("pi_[0-9A-Za-z]+|pay_[0-9A-Za-z]+", "@PAYMENT@")
                .replaceAll("re_[0-9A-Za-z]+", "@REFUND@")
                .replaceAll("\"(order_id\"\\s*:\\s*)\"\\d+\"", "\"$1\"@ORDER@\"");
    }

    private String time(String n) {
        LocalDateTime oldest = LocalDateTime.ofInstant(newest.minus(span), ZoneOffset.UTC);
        long micros = span.toNanos() / 1_000 / Math.max(1, (long) blocks * BLOCK);
        return "TIMESTAMP('" + oldest.toString().replace('T', ' ') + "') + INTERVAL (" + n + ") * " + micros
                + " MICROSECOND";
    }

    private static final String ORDER = "(@o + b * 3 + CASE WHEN k < 3 THEN 1 WHEN k < 7 THEN 2 ELSE 3 END)";

    private static String hashOf(String letter, String number) {
        return "LEFT(MD5(CONCAT('" + letter + "', " + number + ")), 24)";
    }

    private void events(Statement sql, int from, int to) throws SQLException {
        String n = "(b * 10 + k)";
        String event = "CONCAT('evt_', " + hashOf("e", "@o + " + n) + ")";
        String payment = "CONCAT(IF(k < 7, 'pi_', 'pay_'), " + hashOf("p", ORDER) + ")";
        String refund = "CONCAT('re_', " + hashOf("r", ORDER) + ")";
        String filled = "REPLACE(REPLACE(REPLACE(REPLACE(%s, '@EVENT@', " + event + "), '@PAYMENT@', " + payment
                + "), '@REFUND@', " + refund + "), '@ORDER@', " + ORDER + ")";
        String isRefused = "(k = 1 AND " + REFUSED + ")";
        String isDead = "(k = 1 AND " + DEAD + ")";
        String noEffect = "(" + isRefused + " OR " + isDead + ")";
        String rare = "(k = 7 AND b % 2000 = 11)";
        String rareType = "(k = 2 AND b % 2000 = 17)";
        sql.execute("INSERT INTO webhook_events (provider, event_id, event_type, status, result, error, error_cause,"
                + " attempts, order_id, payment_id, payload, payload_sha256, received_at, processed_at, next_attempt_at)"
                + " SELECT IF(" + rare + ", 'standard', provider), " + event + ","
                + " CASE WHEN " + rareType + " THEN 'radar.early_fraud_warning.created' WHEN " + rare
                + " THEN 'payment.pending' ELSE event_type END,"
                + " CASE WHEN " + isRefused + " THEN 'failed' WHEN " + isDead + " THEN 'dead_lettered' ELSE status END,"
                + " IF(" + noEffect + ", NULL, " + filled.formatted("result") + "),"
                + " IF(" + noEffect + ", CONCAT('Order not found: ', " + ORDER + "), NULL),"
                + " IF(" + noEffect + ", '" + ErrorCause.of("Order not found: 42") + "', NULL),"
                + " CASE WHEN " + isRefused + " THEN 4 WHEN " + isDead + " THEN 9 ELSE 1 END,"
                + " IF(status = 'skipped', NULL, " + ORDER + "), IF(status = 'skipped', NULL, " + payment + "),"
                + " " + filled.formatted("payload") + ", UNHEX(SHA2(CONCAT(payload, @o + " + n + "), 256)),"
                + " " + time(n) + ", IF(" + noEffect + ", NULL, " + time(n)
                + " + INTERVAL 8000 + (b % 7) * 900 MICROSECOND),"
                + " IF(" + isRefused + ", '" + LocalDateTime.ofInstant(newest, ZoneOffset.UTC)
                + "' + INTERVAL 10 DAY, NULL)"
                + " FROM hooklatch_load_numbers JOIN hooklatch_load_kinds"
                + " WHERE b >= " + from + " AND b < " + to + " ORDER BY b, k");
    }

    private void facts(Statement sql, int from, int to) throws SQLException {
        String blocksHere = " FROM hooklatch_load_numbers WHERE b >= " + from + " AND b < " + to + " AND %s ORDER BY b";
        String effect = "NOT (" + REFUSED + " OR " + DEAD + ")";
        for (int place = 1; place <= 3; place++) {
            String order = "@o + b * 3 + " + place;
            String pays = place == 1 ? effect : "TRUE";
            String state = place == 2 ? "PARTIALLY_REFUNDED" : "PAID";
            boolean india = place == 3;
            sql.execute("INSERT INTO orders (id, user_id, total_amount, payment_status, facts_version) SELECT " + order
                    + ", 1 + b % 5000, " + (india ? "4999.00" : "49.99") + ", '" + state + "', " + (place + 1)
                    + blocksHere.formatted(pays));
            sql.execute("INSERT INTO payments (provider, payment_id, order_id, status, amount_minor, currency, amount,"
                    + " created_at) SELECT '" + (india ? RAZORPAY : STRIPE) + "', CONCAT('" + (india ? "pay_" : "pi_")
                    + "', " + hashOf("p", order) + "), " + order + ", 'completed', " + (india ? 499900 : 4999) + ", '"
                    + (india ? "INR" : "USD") + "', " + (india ? "4999.00" : "49.99") + ", " + time("b * 10")
                    + blocksHere.formatted(pays));
        }
        String order = "@o + b * 3 + 2";
        String columns =
                "INSERT INTO refunds (provider, refund_id, payment_id, order_id, status, amount_minor, currency,"
                        + " amount, charge_total_minor, created_at) SELECT '" + STRIPE + "', ";
        String payment = ", CONCAT('pi_', " + hashOf("p", order) + "), " + order + ", 'succeeded', ";
        sql.execute(columns + "CONCAT('re_', " + hashOf("r", order) + ")" + payment + "1000, 'USD', 10.00, NULL, "
                + time("b * 10") + blocksHere.formatted("TRUE"));
        sql.execute(columns + "CONCAT('ch_', " + hashOf("c", order) + ")" + payment + "0, 'USD', 0.00, 1000, "
                + time("b * 10") + blocksHere.formatted("TRUE"));
        sql.execute("INSERT INTO payment_refs (provider, ref, payment_id) SELECT '" + STRIPE + "', CONCAT('ch_', "
                + hashOf("c", order) + "), CONCAT('pi_', " + hashOf("p", order) + ")" + blocksHere.formatted("TRUE"));
    }

    private void rejectionsAndActions(Statement sql, int from, int to) throws SQLException {
        String blocksHere = " FROM hooklatch_load_numbers WHERE b >= " + from + " AND b < " + to + " AND %s ORDER BY b";
        sql.execute(
                "INSERT INTO webhook_rejections (provider, received_at, cause, http_status, body_bytes, source_address,"
                        + " node) SELECT IF(b % 3 = 0, 'razorpay', 'stripe'), " + time("b * 10")
                        + ", IF(b % 8 = 0, 'timestamp_too_old', 'signature_mismatch'), 401, 1200, '203.0.113.7', 'node-1'"
                        + blocksHere.formatted("b % 2 = 0"));
        sql.execute("INSERT INTO webhook_rejection_minutes (started_at, provider, cause, refused, kept)"
                + " SELECT DATE_FORMAT(received_at, '%Y-%m-%d %H:%i:00'), provider, cause, COUNT(*), COUNT(*)"
                + " FROM webhook_rejections WHERE received_at >= " + time(from + " * 10") + " AND received_at < "
                + time(to + " * 10") + " GROUP BY 1, 2, 3"
                + " ON DUPLICATE KEY UPDATE refused = refused + VALUES(refused), kept = kept + VALUES(kept)");
        sql.execute("INSERT INTO audit_log (at, username, role, action, target, details, node) SELECT " + time("b * 10")
                + ", CONCAT('user-', b % 7), 'operator', IF(b % 20 = 0, 'replay', 'payload_revealed'),"
                + " CONCAT('stripe/evt_', " + hashOf("e", "@o + b * 10 + 1") + "), '{}', 'node-1'"
                + blocksHere.formatted("b % 10 = 0"));
    }

    private void deliveries(Statement sql, int from, int to) throws SQLException {
        String n = "(b * 10 + k)";
        String refused = "(k = 1 AND (" + REFUSED + " OR " + DEAD + "))";
        String insert = "INSERT INTO webhook_deliveries (provider, event_id, received_at, outcome, http_status,"
                + " duration_us, node, lock_wait_ms) SELECT IF(k = 7 AND b % 2000 = 11, 'standard', provider), CONCAT('evt_', "
                + hashOf("e", "@o + " + n) + "), ";
        sql.execute(insert + time(n) + " + INTERVAL j * 15000 MICROSECOND, CASE WHEN " + refused
                + " THEN 'failed' WHEN j = 0 THEN 'processed' ELSE 'duplicate' END, IF(" + refused
                + ", 500, 200), IF(j = 0, 7500 + (b % 13) * 700, 320 + (b % 11) * 20), CONCAT('node-', 1 + b % 3),"
                + " IF(j = 0, b % 3, NULL)"
                + " FROM hooklatch_load_numbers JOIN hooklatch_load_kinds"
                + " JOIN hooklatch_load_copies ON slot = (k + b) % 10"
                + " WHERE b >= " + from + " AND b < " + to + " ORDER BY b, k, j");
        int middle = blocks / 2;
        if (middle >= from && middle < to) {
            int storm = deliveries / 50;
            sql.execute(insert + time(n) + " + INTERVAL 1 SECOND, 'duplicate', 200, 300, 'node-1', NULL"
                    + " FROM hooklatch_load_kinds JOIN (SELECT " + middle + " AS b) here"
                    + " JOIN (SELECT x.b AS i FROM hooklatch_load_numbers x ORDER BY x.b LIMIT "
                    + Math.min(storm, blocks) + ") many WHERE k = 1");
        }
    }
}

package hooklatch.dao;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the script that carries the Node design's tables over does to a filled database. */
abstract class SchemaCarryOverContractTest {

    private static final String SCRIPT = "carry-over-from-node.sql";

    private static final String ORDERS = """
            CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, user_id INT, total_amount DECIMAL(10,2),
              payment_status ENUM('PENDING','PAID','FAILED','REFUNDED') DEFAULT 'PENDING')""";
    private static final String EVENTS = """
            CREATE TABLE webhook_events (event_id VARCHAR(255), event_data JSON, processing_result JSON,
              event_type VARCHAR(100), processed_at TIMESTAMP NULL DEFAULT NOW())""";
    private static final String PAYMENTS = """
            CREATE TABLE payments (id INT AUTO_INCREMENT PRIMARY KEY, order_id INT, payment_id VARCHAR(255),
              amount DECIMAL(10,2), currency VARCHAR(3), status VARCHAR(50), provider ENUM('stripe','razorpay'),
              created_at TIMESTAMP DEFAULT NOW(), FOREIGN KEY (order_id) REFERENCES orders (id))""";
    private static final String REFUNDS = """
            CREATE TABLE refunds (id INT AUTO_INCREMENT PRIMARY KEY, order_id INT, payment_id VARCHAR(255),
              refund_id VARCHAR(255), amount DECIMAL(10,2), currency VARCHAR(3), status VARCHAR(50),
              provider ENUM('stripe','razorpay'), created_at TIMESTAMP DEFAULT NOW())""";

    private static final int BULK = 150;

    private TestDatabase database;

    /** The URL of an empty database of its own. */
    abstract String newDatabase();

    @BeforeEach
    void createDatabase() {
        database = new TestDatabase(newDatabase());
    }

    @Test
    void theTablesOfTheNodeDesignStopTheStartBeforeAnythingIsChanged() {
        for (Schema.Mode mode : Schema.Mode.values()) {
            for (String table : List.of(EVENTS, ORDERS + "; " + PAYMENTS, REFUNDS)) {
                TestDatabase node = new TestDatabase(newDatabase());
                node.run(table.split(";", -1));
                List<String> tables = node.tables();
                List<String> ddl = tables.stream().map(node::ddl).toList();
                assertThatThrownBy(new Schema(node.dataSource(), mode)::apply)
                        .isInstanceOf(SchemaException.class)
                        .hasMessageContaining("sql/carry-over-from-node.sql")
                        .hasMessageContaining("Nothing was changed");
                assertThat(node.tables()).isEqualTo(tables);
                assertThat(tables.stream().map(node::ddl).toList()).isEqualTo(ddl);
            }
        }
    }

    @Test
    void theScriptMakesTheVeryTablesOfAFreshStart() {
        fill(database);
        carryOver(database);
        database.schema().apply();
        TestDatabase fresh = new TestDatabase(newDatabase());
        fresh.schema().apply();
        List<String> ours = new ArrayList<>(fresh.tables());
        ours.removeAll(List.of("orders", "hooklatch_schema_history"));
        assertThat(ours).contains("webhook_events", "payments", "refunds", "payment_refs");
        for (String table : ours) {
            assertThat(database.ddl(table)).isEqualTo(fresh.ddl(table));
        }
        List<String> expected = new ArrayList<>(fresh.tables());
        expected.addAll(List.of("node_payments", "node_refunds", "node_webhook_events"));
        assertThat(database.tables()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void theOriginalsAndTheOrdersStayAsTheyAre() {
        fill(database);
        List<String> events = database.rows("SELECT * FROM webhook_events ORDER BY event_id, processed_at");
        List<String> payments = database.rows("SELECT * FROM payments ORDER BY id");
        List<String> refunds = database.rows("SELECT * FROM refunds ORDER BY id");
        List<String> orders = database.rows("SELECT id, user_id, total_amount, payment_status FROM orders ORDER BY id");
        assertThat(events).hasSizeGreaterThan(2 * BULK);
        carryOver(database);
        database.schema().apply();
        assertThat(database.rows("SELECT * FROM node_webhook_events ORDER BY event_id, processed_at"))
                .containsExactlyInAnyOrderElementsOf(events);
        assertThat(database.rows("SELECT * FROM node_payments ORDER BY id")).isEqualTo(payments);
        assertThat(database.rows("SELECT * FROM node_refunds ORDER BY id")).isEqualTo(refunds);
        assertThat(database.rows("SELECT id, user_id, total_amount, payment_status FROM orders ORDER BY id"))
                .isEqualTo(orders);
    }

    @Test
    void eventsAreCarriedOnceAsProcessedWithTheirFirstResult() {
        fill(database);
        Map<String, String> summary = carryOver(database);
        assertThat(database.rows("SELECT provider, event_id, event_type, status, result, error, attempts, order_id,"
                        + " payment_id, payload, received_at = processed_at FROM webhook_events"
                        + " WHERE event_id IN ('evt_1', 'evt_E', 'evt_e', 'rzp-1', 'evt_text') ORDER BY id"))
                .containsExactly(
                        "stripe|evt_1|payment_intent.succeeded|processed|{\"action\":\"payment_success\",\"order_id\":1}|null|1|1|pi_1|"
                                + "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"payment_intent.succeeded\",\"data\":{\"object\":{\"id\":\"pi_1\",\"currency\":\"eur\",\"note\":\"Größe 😀\"}}}|1",
                        "stripe|evt_E|x|processed|{}|null|1|null|null|{\"object\":\"event\",\"type\":\"x\"}|1",
                        "stripe|evt_e|x|processed|{}|null|1|null|null|{\"object\":\"event\",\"type\":\"x\"}|1",
                        "razorpay|rzp-1|payment.captured|processed|{\"ok\":true}|null|1|null|pay_1|"
                                + "{\"entity\":\"event\",\"event\":\"payment.captured\",\"payload\":{\"payment\":{\"entity\":{\"id\":\"pay_1\",\"currency\":\"INR\"}}}}|1",
                        "stripe|evt_text|unknown|processed|{\"ok\":1}|null|1|null|null|null|1");
        assertThat(database.value("SELECT COUNT(*) FROM webhook_events"
                        + " WHERE payload_sha256 <> UNHEX(SHA2(COALESCE(payload, ''), 256))"))
                .isEqualTo("0");
        assertThat(summary)
                .containsEntry("events carried as processed", String.valueOf(BULK + 8))
                .containsEntry("event rows left out: id not acceptable", "3")
                .containsEntry("event rows left out: provider unknown", "1")
                .containsEntry("event rows left out: no result", "2");
        int left = 0;
        for (Map.Entry<String, String> line : summary.entrySet()) {
            left += line.getKey().startsWith("event rows left out") ? Integer.parseInt(line.getValue()) : 0;
        }
        assertThat(database.value("SELECT COUNT(*) FROM node_webhook_events"))
                .isEqualTo(summary.get("rows in node_webhook_events"))
                .isEqualTo(String.valueOf(BULK + 8 + left));
        assertThat(database.value("SELECT COUNT(*) FROM webhook_events")).isEqualTo(String.valueOf(BULK + 8));
    }

    @Test
    void paymentsAreCarriedOnceWithTheHighestStatusAndExactMinorUnits() {
        fill(database);
        Map<String, String> summary = carryOver(database);
        assertThat(database.rows(
                        "SELECT provider, payment_id, order_id, status, amount_minor, currency, amount, waiting"
                                + " FROM payments WHERE payment_id NOT LIKE '%bulk%' ORDER BY payment_id"))
                .containsExactly(
                        "razorpay|pay_1|1|completed|10000|INR|100.000|0",
                        "stripe|pi_1|1|completed|4999|EUR|49.990|0",
                        "stripe|pi_PI|2|failed|100|null|1.000|0",
                        "stripe|pi_jpy|1|completed|500|JPY|500.000|0",
                        "stripe|pi_kwd|1|completed|12340|KWD|12.340|0",
                        "stripe|pi_lost|null|pending|null|null|null|1",
                        "stripe|pi_pi|2|completed|200|null|2.000|0",
                        "stripe|pi_word|1|completed|100|null|1.000|0",
                        "stripe|pi_word2|2|pending|100|null|1.000|0");
        assertThat(summary)
                .containsEntry("payments carried", String.valueOf(BULK + 8))
                .containsEntry("payment rows left out: duplicates", String.valueOf(2 * BULK + 2))
                .containsEntry("payment rows left out: provider or id not acceptable", "2")
                .containsEntry("payments whose rows name several orders: the first stands", "1");
    }

    @Test
    void noOrderLooksMoreRefundedThanItWas() {
        fill(database);
        Map<String, String> summary = carryOver(database);
        assertThat(database.rows("SELECT refund_id, payment_id, order_id, status, amount_minor, currency, amount,"
                        + " charge_total_minor FROM refunds WHERE refund_id NOT LIKE '%bulk%' ORDER BY refund_id"))
                .containsExactly(
                        "ch_1|pi_1|1|succeeded|700|EUR|7.000|1000",
                        "re_1|pi_1|1|succeeded|300|EUR|3.000|null",
                        "re_jpy|pi_jpy|1|failed|100|JPY|100.000|null",
                        "re_lost|pi_lost|null|succeeded|150|XXX|1.500|null",
                        "rfnd_1|pay_1|1|succeeded|2500|INR|25.000|null");
        assertThat(summary)
                .containsEntry("refunds carried, from rows and from events", String.valueOf(BULK + 4))
                .containsEntry("refund rows replaced by what the events say", "2")
                .containsEntry("refund rows left out: a charge for a refund, true total unknown, LOOK AT THESE", "1")
                .containsEntry("refund rows left out: no refund id, LOOK AT THESE", "2")
                .containsEntry("refund rows left out: provider, id or amount not acceptable", "1");
        assertThat(database.rows("SELECT p.payment_id FROM payments p JOIN refunds r USING (provider, payment_id)"
                        + " WHERE r.status = 'succeeded' AND p.status = 'completed'"
                        + " GROUP BY p.payment_id, p.amount_minor HAVING SUM(r.amount_minor) > p.amount_minor"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 24, 34, 44, 50, 68})
    void aScriptThatDiedHalfWayKeepsTheStartFromRunningAndGoesOnWhenRunAgain(int statements) {
        fill(database);
        List<String> all = SqlFile.statements(SCRIPT);
        assertThat(all).hasSizeGreaterThan(statements);
        SqlFile.run(database.dataSource(), all.subList(0, statements));
        assertThatThrownBy(database.schema()::apply)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("sql/carry-over-from-node.sql")
                .hasMessageContaining("run it again");
        Map<String, String> summary = carryOver(database);
        database.schema().apply();
        List<String> once = contents(database);

        TestDatabase straight = new TestDatabase(newDatabase());
        fill(straight);
        assertThat(carryOver(straight)).isEqualTo(summary);
        assertThat(contents(straight)).isEqualTo(once);

        // And once more when all is done, with Hooklatch at work on the facts.
        database.run(
                "UPDATE payments SET version = 7, status = 'completed'",
                "DELETE FROM refunds WHERE refund_id = 're_1'");
        carryOver(database);
        database.schema().apply();
        assertThat(database.value("SELECT COUNT(*) FROM payments WHERE version <> 7"))
                .isEqualTo("0");
    }

    private static List<String> contents(TestDatabase database) {
        List<String> contents = new ArrayList<>();
        contents.addAll(database.rows("SELECT provider, event_id, event_type, status, result, attempts, order_id,"
                + " payment_id, HEX(payload_sha256) FROM webhook_events ORDER BY provider, event_id"));
        contents.addAll(database.rows("SELECT provider, payment_id, order_id, status, amount_minor, currency, amount,"
                + " waiting, version FROM payments ORDER BY provider, payment_id"));
        contents.addAll(
                database.rows("SELECT provider, refund_id, payment_id, order_id, status, amount_minor, currency,"
                        + " amount, charge_total_minor, version FROM refunds ORDER BY provider, refund_id"));
        assertThat(contents).hasSizeGreaterThan(3 * BULK);
        return contents;
    }

    @Test
    void tablesOfTheFewestColumnsAreCarriedToo() {
        database.run(
                "CREATE TABLE webhook_events (event_id VARCHAR(255) PRIMARY KEY, event_data LONGTEXT)",
                "CREATE TABLE payments (id INT AUTO_INCREMENT PRIMARY KEY, order_id INT, payment_id VARCHAR(255),"
                        + " amount DECIMAL(10,2), provider ENUM('stripe','razorpay'))",
                "CREATE TABLE refunds (order_id INT, payment_id VARCHAR(255), amount DECIMAL(10,2),"
                        + " provider ENUM('stripe','razorpay'))",
                "INSERT INTO webhook_events VALUES ('evt_1', 'not json'), ('evt_2', '{\"object\":\"event\",\"type\":\"t\"}')",
                "INSERT INTO payments (order_id, payment_id, amount, provider) VALUES (1, 'pi_1', 9.99, 'stripe'),"
                        + " (1, 'pi_1', 9.99, 'stripe')",
                "INSERT INTO refunds VALUES (1, 'pi_1', 9.99, 'stripe')");
        Map<String, String> summary = carryOver(database);
        database.schema().apply();
        assertThat(database.rows("SELECT event_id, event_type, result FROM webhook_events ORDER BY id"))
                .containsExactly("evt_1|unknown|null", "evt_2|t|null");
        assertThat(database.rows("SELECT payment_id, status, amount_minor, currency, amount FROM payments"))
                .containsExactly("pi_1|completed|999|null|9.990");
        assertThat(database.rows("SELECT id FROM refunds")).isEmpty();
        assertThat(summary).containsEntry("refund rows left out: no refund id, LOOK AT THESE", "1");
    }

    @Test
    void aDatabaseThatHasOnlySomeOfTheTablesIsCarriedToo() {
        database.run(
                EVENTS,
                "INSERT INTO webhook_events (event_id, event_data, processing_result) VALUES ('evt_1', '{}', '{}')");
        carryOver(database);
        database.schema().apply();
        assertThat(database.rows("SELECT provider, event_id FROM webhook_events"))
                .containsExactly("stripe|evt_1");
        assertThat(database.tables()).contains("node_webhook_events").doesNotContain("node_payments", "node_refunds");
    }

    private static Map<String, String> carryOver(TestDatabase database) {
        return SqlFile.run(database.dataSource(), SCRIPT).stream()
                .map(row -> row.split("\\|", -1))
                .collect(toMap(row -> row[0], row -> row[1]));
    }

    /** Hundreds of rows of every kind that the Node design is known to have left behind. */
    private static void fill(TestDatabase database) {
        database.run(
                ORDERS,
                EVENTS,
                PAYMENTS,
                REFUNDS,
                "INSERT INTO orders VALUES (1, 1, 49.99, 'PAID'), (2, 1, 2, 'PENDING'), (3, 1, 2, 'REFUNDED')");
        event(database, "evt_1", "payment_intent.succeeded", """
                {"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","currency":"eur","note":"Größe 😀"}}}""", "NULL");
        event(database, "evt_1", "payment_intent.succeeded", """
                {"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","currency":"eur","note":"Größe 😀"}}}""", "'{\"action\":\"payment_success\",\"order_id\":1}'");
        event(database, "evt_E", null, "{\"object\":\"event\",\"type\":\"x\"}", "'{}'");
        event(database, "evt_e", null, "{\"object\":\"event\",\"type\":\"x\"}", "'{}'");
        event(database, "rzp-1", null, """
                {"entity":"event","event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_1","currency":"INR"}}}}""", "'{\"ok\":true}'");
        event(database, "rzp-2", null, """
                {"entity":"event","event":"refund.processed","payload":{"refund":{"entity":{"id":"rfnd_1","payment_id":"pay_1","amount":2500,"currency":"INR"}}}}""", "'{}'");
        event(database, "evt_ch", null, """
                {"object":"event","type":"charge.refunded","data":{"object":{"id":"ch_1","amount":4999,"amount_refunded":1000,"currency":"eur","payment_intent":{"id":"pi_1"}}}}""", "'{}'");
        event(database, "evt_ch0", null, """
                {"object":"event","type":"charge.refunded","data":{"object":{"id":"ch_1","amount":4999,"amount_refunded":300,"currency":"eur","payment_intent":"pi_1"}}}""", "'{}'");
        database.run(
                "INSERT INTO webhook_events (event_id, event_data, processing_result) VALUES"
                        + " ('evt_text', NULL, '{\"ok\":1}'), ('evt_undone', '{}', NULL), ('mystery', '{}', '{}'),"
                        + " ('注文', '{\"object\":\"event\",\"type\":\"t\"}', '{}'), ('has space', '{}', '{}'), ('', '{}', '{}')");
        database.run("""
                INSERT INTO payments (order_id, payment_id, amount, currency, status, provider) VALUES
                (2, 'pi_1', 49.99, NULL, 'failed', 'stripe'), (1, 'pi_1', 49.99, NULL, 'succeeded', 'stripe'),
                (1, 'pi_1', 49.99, NULL, 'PAID', 'stripe'),
                (2, 'pi_pi', 2, NULL, 'captured', 'stripe'), (2, 'pi_PI', 1, NULL, 'failed', 'stripe'),
                (1, 'pi_jpy', 5.00, 'jpy', 'success', 'stripe'), (1, 'pi_kwd', 123.40, 'KWD', 'completed', 'stripe'),
                (1, 'pi_word', 1, NULL, 'tutto bene', 'stripe'), (2, 'pi_word2', 1, '', NULL, 'stripe'),
                (1, 'pay_1', 100, NULL, 'completed', 'razorpay'),
                (1, 'pi_nobody', 1, NULL, 'completed', NULL), (1, NULL, 1, NULL, 'completed', 'stripe')""", """
                INSERT INTO refunds (order_id, payment_id, refund_id, amount, status, provider) VALUES
                (1, 'pi_1', 're_1', 3.00, NULL, 'stripe'), (1, 'pi_1', 're_1', 3.00, NULL, 'stripe'),
                (1, 'pi_1', 'ch_1', 49.99, NULL, 'stripe'), (1, 'pi_1', 'ch_1', 49.99, NULL, 'stripe'),
                (1, 'pay_1', NULL, 25.00, NULL, 'razorpay'),
                (1, 'pi_jpy', 're_jpy', 1.00, 'succeeded', 'stripe'), (1, 'pi_jpy', 're_jpy', 1.00, 'failed', 'stripe'),
                (3, 'pi_unseen', 'ch_unseen', 2.00, NULL, 'stripe'), (3, 'pi_unseen', '', 2.00, NULL, 'stripe'),
                (NULL, 'pi_lost', 're_lost', 1.50, NULL, 'stripe'), (1, 'pi_1', 're_minus', -1, NULL, 'stripe')""");
        StringBuilder events =
                new StringBuilder("INSERT INTO webhook_events (event_id, event_data, processing_result) VALUES ");
        StringBuilder payments =
                new StringBuilder("INSERT INTO payments (order_id, payment_id, amount, status, provider) VALUES ");
        StringBuilder refunds =
                new StringBuilder("INSERT INTO refunds (order_id, payment_id, refund_id, amount, provider) VALUES ");
        for (int i = 0; i < 3 * BULK; i++) {
            int n = i % BULK;
            String comma = i == 0 ? "" : ",";
            String provider = n % 2 == 0 ? "stripe" : "razorpay";
            String body = n % 2 == 0
                    ? "{\"object\":\"event\",\"type\":\"payment_intent.created\",\"data\":{\"object\":{\"id\":\"pi_bulk"
                            + n + "\",\"currency\":\"usd\"}}}"
                    : "{\"entity\":\"event\",\"event\":\"payment.captured\",\"payload\":{}}";
            events.append(comma).append("('bulk_" + n + "','" + body + "','{\"n\":" + n + "}')");
            payments.append(comma)
                    .append("(1,'pi_bulk" + n + "'," + n + ".25,'" + (i < BULK ? "failed" : "completed") + "','"
                            + provider + "')");
            refunds.append(comma).append("(1,'pi_bulk" + n + "','re_bulk" + n + "',0.25,'" + provider + "')");
        }
        database.run(events.toString(), payments.toString(), refunds.toString());
    }

    private static void event(TestDatabase database, String id, @Nullable String type, String body, String result) {
        database.run("INSERT INTO webhook_events (event_id, event_type, event_data, processing_result) VALUES ('" + id
                + "', " + (type == null ? "NULL" : "'" + type + "'") + ", '" + body + "', " + result + ")");
    }
}

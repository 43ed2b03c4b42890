package hooklatch.dao;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mysql.cj.jdbc.MysqlDataSource;
import hooklatch.domain.OrderState;
import hooklatch.testing.FreePort;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link Schema} promises, on every server that is supported. */
abstract class SchemaContractTest {

    private static final List<String> TABLES = List.of(
            "disputes",
            "hooklatch_database",
            "hooklatch_schema_history",
            "orders",
            "payment_refs",
            "payments",
            "refunds",
            "webhook_attempts",
            "webhook_bodies",
            "webhook_deliveries",
            "webhook_events",
            "webhook_rejection_minutes",
            "webhook_rejections",
            "webhook_rollups");

    private static final String HISTORY =
            "SELECT version, success FROM hooklatch_schema_history ORDER BY installed_rank";

    private TestDatabase database;

    /** The URL of an empty database of its own. */
    abstract String newDatabase();

    @BeforeEach
    void createDatabase() {
        database = new TestDatabase(newDatabase());
    }

    @Test
    void anEmptyDatabaseGetsEveryTable() {
        Schema schema = database.schema();
        assertThat(schema.isApplied()).isFalse();
        schema.apply();
        assertThat(schema.isApplied()).isTrue();
        assertThat(database.tables()).containsAll(TABLES);
        database.run("INSERT INTO orders (user_id, total_amount) VALUES (7, 49.99)");
        assertThat(database.rows("SELECT * FROM orders")).containsExactly("1|7|49.990|PENDING|0");
    }

    @Test
    void whatTheMigrationsMakeIsWhatIsAskedFor() throws SQLException {
        database.schema().apply();
        new Schema(database.dataSource(), Schema.Mode.VALIDATE).apply();
        List<String> columns = database.rows("""
                SELECT CONCAT('column ', TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS
                WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> 'hooklatch_schema_history'""");
        assertThat(columns).hasSizeGreaterThan(70);
        for (String table : database.tables()) {
            if (!table.equals("hooklatch_schema_history")) {
                database.run("RENAME TABLE " + table + " TO away_" + table, "CREATE TABLE " + table + " (nothing INT)");
            }
        }
        try (Connection connection = database.dataSource().getConnection()) {
            assertThat(SchemaTables.read(connection).missing()).containsExactlyInAnyOrderElementsOf(columns);
        }
    }

    @Test
    void validationChangesNothingAndNamesAllThatIsMissing() {
        Schema schema = new Schema(database.dataSource(), Schema.Mode.VALIDATE);
        assertThatThrownBy(schema::apply)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("table webhook_events")
                .hasMessageContaining("table orders")
                .hasMessageContaining("DB_MIGRATE=validate");
        assertThat(schema.isApplied()).isFalse();
        assertThat(database.tables()).isEmpty();
    }

    @Test
    void filesAppliedByHandSatisfyValidationUntilAKeyIsDropped() {
        SqlFile.migrations().forEach(file -> SqlFile.run(database.dataSource(), file));
        new Schema(database.dataSource(), Schema.Mode.VALIDATE).apply();
        assertThat(database.tables()).doesNotContain("hooklatch_schema_history");
        database.schema().apply();
        database.run("ALTER TABLE payments DROP KEY uk_payments_provider_payment_id");
        for (Schema.Mode mode : Schema.Mode.values()) {
            assertThatThrownBy(new Schema(database.dataSource(), mode)::apply)
                    .isInstanceOf(SchemaException.class)
                    .hasMessageContaining("unique key payments (provider, payment_id)");
        }
    }

    @Test
    void everyFileMayBeAppliedAgain() {
        database.schema().apply();
        List<String> before = new ArrayList<>();
        database.tables().forEach(table -> before.add(database.ddl(table)));
        SqlFile.migrations().forEach(file -> SqlFile.run(database.dataSource(), file));
        List<String> after = new ArrayList<>();
        database.tables().forEach(table -> after.add(database.ddl(table)));
        assertThat(after).isEqualTo(before);
    }

    /** The history's rows when all is applied. */
    private static List<String> applied() {
        return SqlFile.migrations().stream()
                .map(name -> name.substring(1, 4) + "|1")
                .toList();
    }

    @Test
    void fourNodesThatStartAtOnceAllSucceedAndMigrateOnce() throws Exception {
        ExecutorService nodes = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 6; round++) {
                TestDatabase fresh = new TestDatabase(newDatabase());
                if (round % 2 == 1) {
                    fresh.run(
                            "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY,"
                                    + " payment_status ENUM ('PENDING', 'PAID', 'FAILED', 'REFUNDED'))",
                            "INSERT INTO orders (payment_status) VALUES ('PAID')");
                }
                CountDownLatch go = new CountDownLatch(1);
                List<Future<Boolean>> starts = new ArrayList<>();
                for (int node = 0; node < 4; node++) {
                    Schema schema = fresh.schema();
                    starts.add(nodes.submit(() -> {
                        go.await();
                        schema.apply();
                        return schema.isApplied();
                    }));
                }
                go.countDown();
                for (Future<Boolean> start : starts) {
                    assertThat(start.get(60, SECONDS)).isTrue();
                }
                assertThat(fresh.rows(HISTORY))
                        .filteredOn(row -> !row.startsWith("0|"))
                        .containsExactlyElementsOf(applied());
                assertThat(fresh.tables()).containsAll(TABLES);
            }
        } finally {
            nodes.shutdownNow();
        }
    }

    @Test
    void anUpToDateDatabaseIsLeftAloneQuickly() {
        database.schema().apply();
        String before = database.value("SELECT database_id FROM hooklatch_database");
        long best = Long.MAX_VALUE;
        for (int start = 0; start < 5; start++) {
            long began = System.nanoTime();
            database.schema().apply();
            best = Math.min(best, System.nanoTime() - began);
        }
        assertThat(best).as("nanoseconds").isLessThan(500_000_000L);
        assertThat(database.value("SELECT database_id FROM hooklatch_database")).isEqualTo(before);
        assertThat(database.rows(HISTORY)).containsExactlyElementsOf(applied());
    }

    @Test
    void aShopsOtherTablesAndItsOwnFlywayHistoryAreNotTouched() {
        database.run(
                "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO customers VALUES (1, 'Ada')",
                "CREATE TABLE flyway_schema_history (installed_rank INT PRIMARY KEY, version VARCHAR(50), success BOOL)",
                "INSERT INTO flyway_schema_history VALUES (1, '001', 0), (2, '17', 1)");
        String customers = database.ddl("customers");
        database.schema().apply();
        assertThat(database.ddl("customers")).isEqualTo(customers);
        assertThat(database.rows("SELECT * FROM customers")).containsExactly("1|Ada");
        assertThat(database.rows("SELECT * FROM flyway_schema_history")).containsExactly("1|001|0", "2|17|1");
        assertThat(database.tables()).containsAll(TABLES);
    }

    @Test
    void aDatabaseThatIsNotThereYetIsToldApartFromAWrongPassword() {
        MysqlDataSource nobody = new MysqlDataSource();
        nobody.setUrl("jdbc:mysql://127.0.0.1:" + FreePort.find() + "/shop?connectTimeout=2000");
        nobody.setUser("root");
        assertThatThrownBy(new Schema(nobody, Schema.Mode.MIGRATE)::apply)
                .isInstanceOf(DatabaseUnavailableException.class);

        String url = newDatabase();
        String missing = url.replaceFirst(".*/(test_\\d+).*", "not_there_$1");
        TestDatabase later = new TestDatabase(url.replaceFirst("/test_\\d+", "/" + missing));
        Schema schema = later.schema();
        assertThatThrownBy(schema::apply)
                .isInstanceOf(DatabaseUnavailableException.class)
                .hasMessageContaining(missing);
        database.run("CREATE DATABASE " + missing);
        schema.apply();
        assertThat(later.tables()).containsAll(TABLES);

        MysqlDataSource stranger = new MysqlDataSource();
        stranger.setUrl(url);
        stranger.setUser("stranger");
        stranger.setPassword("wrong");
        assertThatThrownBy(new Schema(stranger, Schema.Mode.MIGRATE)::apply)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("DB_PASSWORD");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            ENUM('PENDING','PAID','FAILED','REFUNDED') NULL DEFAULT 'PENDING' | enum('PENDING','PAID','FAILED','REFUNDED','PARTIALLY_REFUNDED') DEFAULT 'PENDING'
            ENUM('PENDING','PAID','FAILED','REFUNDED') | enum('PENDING','PAID','FAILED','REFUNDED','PARTIALLY_REFUNDED') DEFAULT NULL
            ENUM('PENDING','PAID','FAILED','REFUNDED') NOT NULL | enum('PENDING','PAID','FAILED','REFUNDED','PARTIALLY_REFUNDED') NOT NULL
            ENUM('PAID','REFUNDED','PENDING','CHARGEBACK','FAILED') NOT NULL DEFAULT 'CHARGEBACK' COMMENT 'the till''s word' | enum('PAID','REFUNDED','PENDING','CHARGEBACK','FAILED','PARTIALLY_REFUNDED') NOT NULL DEFAULT 'CHARGEBACK' COMMENT 'the till''s word'
            ENUM('PAID') | enum('PAID','PENDING','FAILED','PARTIALLY_REFUNDED','REFUNDED') DEFAULT NULL
            ENUM('pending','paid','failed','refunded') DEFAULT 'paid' | enum('pending','paid','failed','refunded','PARTIALLY_REFUNDED') DEFAULT 'paid'
            ENUM('PAID','FAILED') CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'PAID' | enum('PAID','FAILED','PENDING','PARTIALLY_REFUNDED','REFUNDED') CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'PAID'
            ENUM('paid') CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'paid' | enum('paid','PENDING','PAID','FAILED','PARTIALLY_REFUNDED','REFUNDED') CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'paid'
            VARCHAR(10) NOT NULL DEFAULT 'PAID' COMMENT 'free text' | varchar(18) NOT NULL DEFAULT 'PAID' COMMENT 'free text'
            VARCHAR(10) DEFAULT (CONCAT('PA', 'ID')) | varchar(18) DEFAULT concat('PA','ID')
            VARCHAR(64) DEFAULT 'paid' | varchar(64) DEFAULT 'paid'
            """)
    void aStatusColumnOfAShopKeepsWhatItHasAndGetsRoomForOurs(String before, String after) {
        database.run(
                "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20) DEFAULT 'x', payment_status "
                        + before + ", user_id INT, total_amount DECIMAL(10,2), placed TIMESTAMP DEFAULT NOW())");
        String value = before.contains("'paid'") ? "paid" : "PAID";
        database.run("INSERT INTO orders (payment_status, total_amount) VALUES ('" + value + "', 1.50)");
        database.schema().apply();
        assertThat(database.ddl("orders")).contains("`payment_status` " + after + ",\n  `user_id` int(11)");
        assertThat(database.rows("SELECT id, note, payment_status, total_amount, facts_version FROM orders"))
                .containsExactly("1|x|" + value + "|1.50|0");
        for (OrderState state : OrderState.values()) {
            database.run("UPDATE orders SET payment_status = '" + state + "'");
            assertThat(database.value("SELECT payment_status FROM orders")).isEqualToIgnoringCase(state.name());
        }
        // Once more, as after a crash: nothing is added twice.
        String ddl = database.ddl("orders");
        SqlFile.run(database.dataSource(), "V002__adopt_orders.sql");
        assertThat(database.ddl("orders")).isEqualTo(ddl);
    }

    @Test
    void neitherRowsNorTheIdOfAShopChange() {
        database.run(
                "CREATE TABLE orders (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, user_id INT, total_amount DECIMAL(10,2),"
                        + " payment_status ENUM('PENDING','PAID','FAILED','REFUNDED'), coupon VARCHAR(10))",
                "INSERT INTO orders VALUES (3, 1, 10.50, 'PAID', 'A'), (4, NULL, NULL, NULL, NULL),"
                        + " (9, 2, 0.99, 'REFUNDED', ''), (10, 2, 5, 'PENDING', 'B'), (11, 2, 5, 'FAILED', 'C')");
        List<String> before = database.rows("SELECT * FROM orders ORDER BY id");
        database.schema().apply();
        assertThat(
                        database.rows(
                                "SELECT id, user_id, total_amount, payment_status, coupon, facts_version FROM orders ORDER BY id"))
                .containsExactlyElementsOf(
                        before.stream().map(row -> row + "|0").toList());
        assertThat(database.ddl("orders")).contains("`id` int(10) unsigned NOT NULL AUTO_INCREMENT");
        database.run(
                "UPDATE orders SET payment_status = 'PARTIALLY_REFUNDED' WHERE id = 3",
                "INSERT INTO orders (user_id, total_amount) VALUES (1, 2)");
        assertThat(database.rows("SELECT payment_status FROM orders WHERE id IN (3, 12) ORDER BY id"))
                .containsExactly("PARTIALLY_REFUNDED", "null");
    }

    @Test
    void anOrdersTableOfNothingButAnIdGetsTheRest() {
        database.run("CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY)", "INSERT INTO orders VALUES (5)");
        database.schema().apply();
        database.run("INSERT INTO orders (user_id, total_amount) VALUES (1, 2)");
        assertThat(database.rows("SELECT id, user_id, total_amount, payment_status, facts_version FROM orders"))
                .containsExactly("5|null|null|PENDING|0", "6|1|2.000|PENDING|0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            CREATE TABLE orders (id VARCHAR(36) PRIMARY KEY) | id must be an integer, not varchar(36)
            CREATE TABLE orders (number INT PRIMARY KEY) | id must be an integer and is missing
            CREATE TABLE orders (id INT, part INT, PRIMARY KEY (id, part)) | id must be a primary or unique key by itself
            CREATE TABLE orders (id INT PRIMARY KEY) ENGINE = MyISAM | ENGINE = InnoDB
            CREATE VIEW orders AS SELECT 1 AS id | it is a view
            CREATE TABLE orders (id INT PRIMARY KEY, payment_status TINYINT) | payment_status must be an ENUM or a string, not tinyint
            CREATE TABLE orders (id INT PRIMARY KEY, facts_version VARCHAR(9)) | facts_version must be BIGINT
            CREATE TABLE orders (id INT PRIMARY KEY, total_amount VARCHAR(9)) | total_amount must be a number
            CREATE TABLE orders (id INT PRIMARY KEY, payment_status VARCHAR(9) AS ('PAID')) | payment_status is generated
            CREATE TABLE orders (id INT PRIMARY KEY, payment_status VARCHAR(9) CHECK (payment_status IN ('PAID', 'OPEN'))) | CHECK constraint
            CREATE TABLE payments (id INT PRIMARY KEY, iban VARCHAR(34)) | tables of its own under names that Hooklatch needs: payments
            CREATE TABLE disputes (id INT PRIMARY KEY) | disputes
            CREATE TABLE refunds (id INT PRIMARY KEY, order_id INT, amount DECIMAL(10,2)) | refunds
            """)
    void whatCannotBeAdoptedIsRefusedBeforeAnythingIsChanged(String table, String reason) {
        database.run(table);
        List<String> tables = database.tables();
        String ddl = database.ddl(tables.get(0));
        assertThatThrownBy(database.schema()::apply)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("othing was changed");
        assertThat(database.tables()).isEqualTo(tables);
        assertThat(database.ddl(tables.get(0))).isEqualTo(ddl);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 11, 14, 18, 22, 31, 37})
    void aMigrationThatWasKilledHalfWayIsFinishedByTheNextStart(int statements) {
        String orders =
                "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, payment_status ENUM ('PAID', 'PENDING'))";
        database.run(orders, "INSERT INTO orders (payment_status) VALUES ('PAID')");
        // A process that is killed leaves what its statements have committed and no record of the migration.
        List<String> all = new ArrayList<>();
        SqlFile.migrations().forEach(file -> all.addAll(SqlFile.statements(file)));
        assertThat(all).hasSizeGreaterThan(statements);
        SqlFile.run(database.dataSource(), all.subList(0, statements));
        database.schema().apply();
        TestDatabase straight = new TestDatabase(newDatabase());
        straight.run(orders);
        straight.schema().apply();
        for (String table : TABLES) {
            assertThat(database.ddl(table)).isEqualTo(straight.ddl(table));
        }
        assertThat(database.rows("SELECT id, payment_status FROM orders")).containsExactly("1|PAID");
    }

    @Test
    void aMigrationThatFailedIsRunAgainOnceItsCauseIsGone() {
        // Too wide a row for one more column.
        database.run(
                "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, payment_status ENUM ('PAID'),"
                        + " a VARCHAR(65000) CHARACTER SET latin1, b VARCHAR(515) CHARACTER SET latin1)",
                "INSERT INTO orders (payment_status) VALUES ('PAID')");
        assertThatThrownBy(database.schema()::apply)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("Row size too large")
                .hasMessageContaining("start again");
        assertThat(database.rows(HISTORY)).containsExactly("0|1", "001|1", "002|0");
        database.run("ALTER TABLE orders DROP COLUMN b");
        database.schema().apply();
        assertThat(database.rows(HISTORY))
                .startsWith("0|1")
                .filteredOn(row -> !row.startsWith("0|"))
                .containsExactlyElementsOf(applied());
        assertThat(database.rows("SELECT id, payment_status, facts_version FROM orders"))
                .containsExactly("1|PAID|0");
    }

    @Test
    void aTransactionThatHoldsOrdersMakesTheStartComeBackLaterAndNotBlockTheShop() throws SQLException {
        database.run("CREATE TABLE orders (id INT PRIMARY KEY)", "INSERT INTO orders VALUES (1)");
        Schema schema = database.schema();
        try (Connection shop = database.dataSource().getConnection();
                Statement statement = shop.createStatement()) {
            shop.setAutoCommit(false);
            statement.executeQuery("SELECT id FROM orders").close();
            assertThatThrownBy(schema::apply).isInstanceOf(DatabaseUnavailableException.class);
            shop.commit();
        }
        schema.apply();
        assertThat(database.rows("SELECT id, facts_version FROM orders")).containsExactly("1|0");
    }

    /** Between the first look and the next; a node that starts then waits for MySQL, and does not give up. */
    @Test
    void aDatabaseThatGoesAwayWhileItIsLookedAtIsWaitedFor() {
        database.schema().apply();
        AtomicInteger given = new AtomicInteger();
        DataSource going = (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getConnection") && given.getAndIncrement() > 0) {
                        throw new SQLNonTransientConnectionException("Connection reset", "08S01");
                    }
                    return method.invoke(database.dataSource(), arguments);
                });

        assertThatThrownBy(new Schema(going, Schema.Mode.MIGRATE)::apply)
                .isInstanceOf(DatabaseUnavailableException.class);
        assertThat(given.get()).isGreaterThan(1);
    }

    @Test
    void anAppliedMigrationThatIsNotOursStopsTheStart() {
        database.schema().apply();
        database.run("UPDATE hooklatch_schema_history SET checksum = checksum + 1 WHERE version = '001'");
        assertThatThrownBy(database.schema()::apply)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("hooklatch_schema_history");
    }

    @Test
    void aNewerReleasesMigrationDoesNotStopAnOlderNode() {
        database.schema().apply();
        database.run("INSERT INTO hooklatch_schema_history SELECT 99, '999', 'later', 'SQL', 'V999__later.sql', 1,"
                + " installed_by, installed_on, 1, 1 FROM hooklatch_schema_history WHERE version = '001'");
        Schema schema = database.schema();
        schema.apply();
        assertThat(schema.isApplied()).isTrue();
    }

    @Test
    void idsAreComparedByteForByte() {
        database.schema().apply();
        for (String id : List.of("evt_a", "evt_A", "EVT_a", "evt_a.")) {
            database.run(
                    "INSERT INTO webhook_events (provider, event_id, event_type, status, payload_sha256, received_at)"
                            + " VALUES ('stripe', '" + id + "', 't', 'processed', UNHEX(SHA2('', 256)), NOW(6))",
                    "INSERT INTO payments (provider, payment_id, status) VALUES ('stripe', '" + id + "', 'pending')",
                    "INSERT INTO refunds (provider, refund_id, payment_id, status, amount_minor, currency)"
                            + " VALUES ('stripe', '" + id + "', 'p', 'pending', 1, 'USD')",
                    "INSERT INTO payment_refs (provider, ref, payment_id) VALUES ('stripe', '" + id + "', 'p')");
        }
        for (String table : List.of("webhook_events", "payments", "refunds", "payment_refs")) {
            assertThat(database.value("SELECT COUNT(*) FROM " + table)).isEqualTo("4");
        }
        assertThat(database.rows("SELECT event_id FROM webhook_events WHERE event_id = 'evt_A'"))
                .containsExactly("evt_A");
        // Every text column of ours, also one that a later migration adds.
        assertThat(database.rows("""
                        SELECT TABLE_NAME, COLUMN_NAME, COLLATION_NAME FROM information_schema.COLUMNS
                        WHERE TABLE_SCHEMA = DATABASE() AND COLLATION_NAME NOT LIKE '%\\_bin'
                          AND TABLE_NAME NOT IN ('orders', 'hooklatch_schema_history') AND DATA_TYPE <> 'enum'""")).isEmpty();
    }
}

package hooklatch.dao;

import static java.util.stream.Collectors.joining;

import hooklatch.domain.OrderState;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a database as {@code information_schema} showed them at one moment, and what is to be thought of them:
 * ours, the Node design's, a shop's own, or nobody's we know. Immutable.
 */
final class SchemaTables {

    static final String CARRY_OVER_SCRIPT = "sql/carry-over-from-node.sql";

    /** Made first and dropped last by the script: while it is there, the script has not run to its end. */
    static final String CARRY_OVER_MARK = "hooklatch_carry_over";

    private static final String ORDERS = "orders";

    /** What the migrations make, as of the newest; a test compares it with what they do make. */
    private static final Map<String, List<String>> COLUMNS = Map.ofEntries(
            table("hooklatch_database", "singleton database_id created_at users_version"),
            table(
                    "webhook_events",
                    "id provider event_id event_type status result error attempts order_id payment_id payload"
                            + " payload_sha256 other_payload_at received_at processed_at next_attempt_at error_cause"
                            + " dead_lettered_at"),
            table("webhook_bodies", "provider body_sha256 event_id"),
            table(
                    "webhook_deliveries",
                    "id provider event_id received_at outcome http_status duration_us node lock_wait_ms"),
            table("webhook_attempts", "id provider event_id started_at origin replay_id outcome duration_us node"),
            table("webhook_rejections", "id provider received_at cause http_status body_bytes source_address node"),
            table(
                    "webhook_rollups",
                    "span_seconds started_at provider outcome deliveries slowest_us to_1_ms to_2_ms to_5_ms to_10_ms"
                            + " to_25_ms to_50_ms to_100_ms to_250_ms to_500_ms to_1000_ms to_2500_ms to_4500_ms"
                            + " to_10000_ms longer"),
            table("webhook_rejection_minutes", "started_at provider cause refused kept"),
            table(
                    "payments",
                    "id provider payment_id order_id status amount_minor currency amount waiting version"
                            + " changed_version created_at"),
            table(
                    "refunds",
                    "id provider refund_id payment_id order_id status amount_minor announced_minor currency amount"
                            + " charge_total_minor version changed_version created_at"),
            table(
                    "disputes",
                    "id provider dispute_id payment_id order_id status outcome amount_minor currency amount version"
                            + " changed_version created_at"),
            table("payment_refs", "provider ref payment_id version"),
            table(
                    "hooklatch_check_runs",
                    "id node started_at finished_at violations notices events_seen orders_seen facts_seen"
                            + " forgotten_before"),
            table("hooklatch_check_counts", "run_id check_name found"),
            table(
                    "hooklatch_check_findings",
                    "run_id check_name position provider event_id order_id payment_id fact_id detail"),
            table("hooklatch_check_turn", "singleton holder started_at held_until"),
            table("hooklatch_retention_walks", "walk after_row"),
            table("hooklatch_retention_left", "walk event_row"),
            table("hooklatch_retention_turn", "singleton holder started_at held_until"),
            table(
                    "dashboard_users",
                    "id username password_hash role disabled_at created_at password_changed_at signed_in_at"),
            table("dashboard_sessions", "token_sha256 user_id csrf_secret created_at seen_at expires_at"),
            table("dashboard_sign_in_failures", "scope subject_sha256 failures failed_at blocked_until"),
            table("dashboard_known_addresses", "user_id address_sha256 signed_in_at"),
            table("audit_log", "id at username role action target reason details source_address node"),
            table(
                    "replay_jobs",
                    "id request_id filter events reason username state created_at started_at finished_at canceled_by"
                            + " runner node lease_until"),
            table(
                    "webhook_replays",
                    "id job_id event_row outcome message username reason requested_at finished_at node"),
            table(ORDERS, "id user_id total_amount payment_status facts_version"));

    /** The keys that decide what counts once: without one of them the promise is empty. */
    private static final Map<String, List<String>> UNIQUE = Map.ofEntries(
            table("hooklatch_database", "singleton"),
            table("webhook_events", "provider event_id"),
            table("webhook_bodies", "provider body_sha256"),
            table("webhook_rollups", "span_seconds started_at provider outcome"),
            table("webhook_rejection_minutes", "started_at provider cause"),
            table("payments", "provider payment_id"),
            table("refunds", "provider refund_id"),
            table("disputes", "provider dispute_id"),
            table("payment_refs", "provider ref"),
            table("dashboard_users", "username"),
            table("dashboard_sessions", "token_sha256"),
            table("dashboard_sign_in_failures", "scope subject_sha256"),
            table("dashboard_known_addresses", "user_id address_sha256"),
            table(ORDERS, "id"));

    /** Columns that V001 gave our tables and that nobody else's table of the name is likely to have. */
    private static final Map<String, List<String>> MARKS = Map.ofEntries(
            table("hooklatch_database", "singleton database_id"),
            table("webhook_events", "provider payload_sha256"),
            table("webhook_bodies", "provider body_sha256"),
            table("webhook_deliveries", "outcome"),
            table("webhook_rejections", "cause source_address"),
            table("webhook_rollups", "span_seconds slowest_us"),
            table("webhook_rejection_minutes", "refused kept"),
            table("payments", "amount_minor changed_version"),
            table("refunds", "amount_minor charge_total_minor"),
            table("disputes", "dispute_id changed_version"),
            table("payment_refs", "ref payment_id"),
            table("dashboard_users", "password_hash disabled_at"),
            table("dashboard_sessions", "token_sha256 csrf_secret"),
            table("audit_log", "source_address node details"));

    private static final Set<String> INTEGERS = Set.of("tinyint", "smallint", "mediumint", "int", "bigint");
    private static final Set<String> NUMBERS =
            Set.of("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double");
    private static final Set<String> STRINGS =
            Set.of("enum", "char", "varchar", "tinytext", "text", "mediumtext", "longtext");

    /** The longest word of {@link OrderState} must fit. */
    private static final int STATUS_CHARACTERS =
            OrderState.PARTIALLY_REFUNDED.name().length();

    private static final String TABLES_SQL = """
            SELECT TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, '') AS ENGINE FROM information_schema.TABLES
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (%s)""";

    private static final String COLUMNS_SQL = """
            SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_MAXIMUM_LENGTH, COLLATION_NAME,
                   COALESCE(GENERATION_EXPRESSION, '') AS GENERATION_EXPRESSION
            FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (%s)""";

    private static final String UNIQUE_SQL = """
            SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS
            WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0 AND TABLE_NAME IN (%s)
            ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX""";

    private record Column(String dataType, String columnType, long characters, String collation, boolean generated) {

        boolean ignoresCase() {
            return collation.toLowerCase(Locale.ROOT).endsWith("_ci");
        }
    }

    private record Table(String type, String engine, Map<String, Column> columns, Set<List<String>> unique) {

        boolean has(Collection<String> names) {
            return columns.keySet().containsAll(names);
        }

        boolean has(String name) {
            return columns.containsKey(name);
        }
    }

    private final Map<String, Table> tables;
    private final String ordersDdl;

    private SchemaTables(Map<String, Table> tables, String ordersDdl) {
        this.tables = tables;
        this.ordersDdl = ordersDdl;
    }

    private static Map.Entry<String, List<String>> table(String name, String columns) {
        return Map.entry(name, List.of(columns.split(" ", -1)));
    }

    /** Looks at the tables that bear one of our names. */
    static SchemaTables read(Connection connection) throws SQLException {
        Set<String> names = new LinkedHashSet<>(COLUMNS.keySet());
        names.add(CARRY_OVER_MARK);
        Map<String, Table> tables = new TreeMap<>();
        each(
                connection,
                TABLES_SQL,
                names,
                row -> tables.put(
                        row.getString("TABLE_NAME"),
                        new Table(
                                row.getString("TABLE_TYPE"),
                                row.getString("ENGINE"),
                                new LinkedHashMap<>(),
                                new LinkedHashSet<>())));
        each(connection, COLUMNS_SQL, names, row -> {
            Table table = tables.get(row.getString("TABLE_NAME"));
            if (table != null) {
                String collation = row.getString("COLLATION_NAME");
                table.columns()
                        .put(
                                row.getString("COLUMN_NAME").toLowerCase(Locale.ROOT),
                                new Column(
                                        row.getString("DATA_TYPE").toLowerCase(Locale.ROOT),
                                        row.getString("COLUMN_TYPE"),
                                        row.getLong("CHARACTER_MAXIMUM_LENGTH"),
                                        collation == null ? "" : collation,
                                        !row.getString("GENERATION_EXPRESSION").isEmpty()));
            }
        });
        Map<String, List<String>> indexes = new LinkedHashMap<>();
        each(connection, UNIQUE_SQL, names, row -> {
            String column = row.getString("COLUMN_NAME");
            // A key on a prefix or on an expression is unique in something else than its columns.
            boolean whole = column != null && row.getObject("SUB_PART") == null;
            indexes.computeIfAbsent(
                            row.getString("TABLE_NAME") + "." + row.getString("INDEX_NAME"), any -> new ArrayList<>())
                    .add(whole ? column.toLowerCase(Locale.ROOT) : "(part)");
        });
        indexes.forEach((name, columns) -> {
            Table table = tables.get(name.substring(0, name.indexOf('.')));
            if (table != null) {
                table.unique().add(columns);
            }
        });
        return new SchemaTables(tables, tables.containsKey(ORDERS) ? ddlOfOrders(connection) : "");
    }

    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    private static void each(Connection connection, String sql, Set<String> names, RowReader reader)
            throws SQLException {
        String marks = names.stream().map(name -> "?").collect(joining(", "));
        try (PreparedStatement statement = connection.prepareStatement(sql.formatted(marks))) {
            int position = 1;
            for (String name : names) {
                statement.setString(position++, name);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    reader.read(row);
                }
            }
        }
    }

    private static String ddlOfOrders(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW CREATE TABLE orders")) {
            return row.next() ? row.getString(2) : "";
        }
    }

    /** Why the tables must not be touched, in one message that says what to do; null when they may. */
    @Nullable
    String objection() {
        if (tables.containsKey(CARRY_OVER_MARK)) {
            return "The script " + CARRY_OVER_SCRIPT + " was begun and has not come to its end: run it again"
                    + " (it goes on where it stopped), then start again.";
        }
        List<String> node = new ArrayList<>();
        List<String> foreign = new ArrayList<>();
        tables.forEach((name, table) -> {
            List<String> marks = MARKS.get(name);
            if (marks == null || table.has(marks)) {
                return;
            }
            (isOfNodeDesign(name, table) ? node : foreign).add(name);
        });
        if (!foreign.isEmpty()) {
            return "The database has tables of its own under names that Hooklatch needs: " + String.join(", ", foreign)
                    + ". Nothing was changed. Rename them, or give Hooklatch a database without them (DB_NAME).";
        }
        if (!node.isEmpty()) {
            return "The database holds the tables of the Node design that Hooklatch replaces: "
                    + String.join(", ", node)
                    + ". Nothing was changed. Stop the old service, make a backup, run the script " + CARRY_OVER_SCRIPT
                    + " with the mysql or mariadb client (it keeps the originals as node_*), then start again.";
        }
        List<String> problems = problemsOfOrders();
        return problems.isEmpty()
                ? null
                : "The table orders cannot be used as it is, and nothing was changed: " + String.join("; ", problems)
                        + ".";
    }

    private static boolean isOfNodeDesign(String name, Table table) {
        return switch (name) {
            case "webhook_events" ->
                table.has("event_id")
                        && (table.has("event_data") || table.has("processing_result"))
                        && !table.has("payload_sha256");
            case "payments" ->
                table.has(List.of("order_id", "payment_id", "amount", "provider")) && !table.has("amount_minor");
            case "refunds" ->
                table.has(List.of("order_id", "payment_id", "amount", "provider")) && !table.has("amount_minor");
            default -> false;
        };
    }

    /** What no migration can mend in a shop's own table. */
    private List<String> problemsOfOrders() {
        List<String> problems = new ArrayList<>();
        Table orders = tables.get(ORDERS);
        if (orders == null) {
            return problems;
        }
        if (!orders.type().equals("BASE TABLE")) {
            problems.add("it is a " + orders.type().toLowerCase(Locale.ROOT) + ", and a table is needed");
            return problems;
        }
        if (!orders.engine().equalsIgnoreCase("InnoDB")) {
            problems.add("its engine " + orders.engine()
                    + " has no transactions, convert it with ALTER TABLE orders ENGINE = InnoDB");
        }
        Column id = orders.columns().get("id");
        if (id == null || !INTEGERS.contains(id.dataType())) {
            problems.add(
                    "its column id must be an integer" + (id == null ? " and is missing" : ", not " + id.columnType()));
        } else if (!orders.unique().contains(List.of("id"))) {
            problems.add("its column id must be a primary or unique key by itself");
        }
        requireType(problems, orders, "total_amount", NUMBERS, "a number");
        requireType(problems, orders, "payment_status", STRINGS, "an ENUM or a string");
        requireType(problems, orders, "facts_version", Set.of("bigint"), "BIGINT");
        for (String written : List.of("payment_status", "facts_version")) {
            Column column = orders.columns().get(written);
            if (column != null && column.generated()) {
                problems.add("its column " + written + " is generated and cannot be written");
            }
        }
        // A CHECK is not seen in information_schema alike on all servers; the table's own DDL names it everywhere.
        for (String line : ordersDdl.lines().toList()) {
            if (CHECK_OF_STATUS.matcher(line).find()
                    && !line.toUpperCase(Locale.ROOT).contains(OrderState.PARTIALLY_REFUNDED.name())) {
                problems.add("a CHECK constraint restricts payment_status, let it allow PENDING, PAID, FAILED,"
                        + " PARTIALLY_REFUNDED and REFUNDED or drop it");
            }
        }
        return problems;
    }

    private static final Pattern CHECK_OF_STATUS =
            Pattern.compile("\\bCHECK\\s*\\(.*payment_status", Pattern.CASE_INSENSITIVE);

    private static void requireType(
            List<String> problems, Table table, String name, Set<String> allowed, String description) {
        Column column = table.columns().get(name);
        if (column != null && !allowed.contains(column.dataType())) {
            problems.add("its column " + name + " must be " + description + ", not " + column.columnType());
        }
    }

    /** What is missing from the tables that this version needs; empty when all is there. */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        new TreeMap<>(COLUMNS).forEach((name, columns) -> {
            Table table = tables.get(name);
            if (table == null) {
                missing.add("table " + name);
                return;
            }
            columns.stream()
                    .filter(column -> !table.has(column))
                    .forEach(column -> missing.add("column " + name + "." + column));
            List<String> unique = UNIQUE.get(name);
            if (unique != null && table.has(unique) && !table.unique().contains(unique)) {
                missing.add("unique key " + name + " (" + String.join(", ", unique) + ")");
            }
        });
        missing.addAll(missingStatusValues());
        return missing;
    }

    private List<String> missingStatusValues() {
        Table orders = tables.get(ORDERS);
        Column status = orders == null ? null : orders.columns().get("payment_status");
        List<String> missing = new ArrayList<>();
        if (status == null) {
            return missing;
        }
        if (status.dataType().endsWith("char") && status.characters() < STATUS_CHARACTERS) {
            missing.add("room for " + STATUS_CHARACTERS + " characters in orders.payment_status");
        }
        if (status.dataType().equals("enum")) {
            String known = status.ignoresCase() ? status.columnType().toUpperCase(Locale.ROOT) : status.columnType();
            for (OrderState state : OrderState.values()) {
                if (!known.contains("'" + state.name() + "'")) {
                    missing.add("value " + state + " of orders.payment_status");
                }
            }
        }
        return missing;
    }
}

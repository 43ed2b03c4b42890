package hooklatch.chaos;

import hooklatch.domain.Payload;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares the tables with what was told.
 *
 * @param lost events, by {@link ToldEvent#key}, that are told to be done and have no effect or no row
 * @param doubled events with more than one effect or row
 * @param wrong everything else that does not agree, one sentence each
 */
record Verdict(Set<String> lost, Set<String> doubled, List<String> wrong) {

    boolean isClean() {
        return lost.isEmpty() && doubled.isEmpty() && wrong.isEmpty();
    }

    private record Row(String status, String result, Payload payload) {}

    /**
     * Reads the tables of a shop that has come to rest.
     *
     * @param told all events that were sent
     */
    static Verdict of(Connection database, Collection<ToldEvent> told, Collection<Delivery> deliveries)
            throws SQLException {
        Set<String> lost = new TreeSet<>();
        Set<String> doubled = new TreeSet<>();
        List<String> wrong = new ArrayList<>();
        Map<String, Integer> effects = effects(database);
        Map<String, List<Row>> rows = rows(database);
        Map<String, String> results = new HashMap<>();
        Set<String> didIt = new HashSet<>();
        for (Delivery delivery : deliveries) {
            if (delivery.isDone()) {
                String key = delivery.event().key();
                String first = results.putIfAbsent(key, delivery.result());
                if (first != null && !first.equals(delivery.result())) {
                    wrong.add(key + " was answered " + first + " and " + delivery.result());
                }
                if (delivery.didIt() && !didIt.add(key)) {
                    wrong.add(key + " was answered more than once that it had its effect just now");
                }
            }
        }
        for (ToldEvent event : told) {
            String key = event.key();
            int ran = effects.getOrDefault(key, 0);
            List<Row> known = rows.getOrDefault(key, List.of());
            if (ran > 1 || known.size() > 1) {
                doubled.add(key);
            } else if (results.containsKey(key)) {
                boolean done =
                        known.size() == 1 && known.get(0).status().equals(event.handled() ? "processed" : "skipped");
                if (!done || ran != (event.handled() ? 1 : 0)) {
                    lost.add(key);
                }
            } else if (ran != 0) {
                wrong.add(key + " had its effect and was never answered 2xx");
            }
            if (known.size() == 1) {
                compare(event, known.get(0), results, wrong);
            }
        }
        Set<String> unknown = new TreeSet<>(rows.keySet());
        told.forEach(event -> unknown.remove(event.key()));
        unknown.forEach(key -> wrong.add(key + " was never sent, and has a row"));
        facts(database, told, wrong);
        return new Verdict(lost, doubled, wrong);
    }

    private static void compare(ToldEvent event, Row row, Map<String, String> results, List<String> wrong) {
        String answered = results.get(event.key());
        if (answered != null && !answered.equals(row.result())) {
            wrong.add(event.key() + " was answered " + answered + " and is kept as " + row.result());
        }
        if (!row.payload().equals(event.body())) {
            wrong.add(event.key() + " is kept with another body");
        }
    }

    private static Map<String, Integer> effects(Connection database) throws SQLException {
        Map<String, Integer> effects = new HashMap<>();
        try (Statement sql = database.createStatement();
                ResultSet row = sql.executeQuery(
                        "SELECT provider, event_id, COUNT(*) FROM chaos_effects GROUP BY provider, event_id")) {
            while (row.next()) {
                effects.put(row.getString(1) + "/" + row.getString(2), row.getInt(3));
            }
        }
        return effects;
    }

    private static Map<String, List<Row>> rows(Connection database) throws SQLException {
        Map<String, List<Row>> rows = new HashMap<>();
        try (Statement sql = database.createStatement();
                ResultSet row = sql.executeQuery(
                        "SELECT provider, event_id, status, result, payload FROM webhook_events ORDER BY id")) {
            while (row.next()) {
                rows.computeIfAbsent(row.getString(1) + "/" + row.getString(2), key -> new ArrayList<>())
                        .add(new Row(row.getString(3), String.valueOf(row.getString(4)), new Payload(row.getBytes(5))));
            }
        }
        return rows;
    }

    /** Payments, refunds and orders against the fold. */
    private static void facts(Connection database, Collection<ToldEvent> told, List<String> wrong) throws SQLException {
        Fold fold = Fold.of(told);
        Map<String, String> expected = new TreeMap<>();
        fold.payments()
                .forEach((key, payment) -> expected.put(
                        key,
                        payment.status() + " of order " + payment.order() + ", paid " + payment.paid() + ", refunded "
                                + payment.refunded()));
        differences("payment", expected, column(database, """
                SELECT CONCAT(p.provider, '/', p.payment_id),
                       CONCAT(p.status, ' of order ', COALESCE(p.order_id, 'null'), ', paid ',
                              IF(p.status = 'completed', p.amount_minor, 0), ', refunded ',
                              (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r
                               WHERE r.provider = p.provider AND r.payment_id = p.payment_id
                                 AND r.status = 'succeeded'))
                FROM payments p"""), wrong);
        Map<String, String> states = new TreeMap<>();
        fold.states().forEach((order, state) -> states.put(Long.toString(order), state));
        differences("order", states, column(database, """
                SELECT o.id, o.payment_status FROM orders o
                WHERE o.facts_version > 0 OR o.payment_status <> 'PENDING'"""), wrong);
        // The events of an order line up at this number: each that was done took it up by one, and nothing else did.
        differences("number of events of order", column(database, """
                SELECT e.order_id, COUNT(*) FROM webhook_events e
                WHERE e.status IN ('processed', 'skipped') AND e.order_id IS NOT NULL
                GROUP BY e.order_id"""), column(database, """
                SELECT o.id, o.facts_version FROM orders o
                WHERE o.facts_version > 0"""), wrong);
    }

    private static Map<String, String> column(Connection database, String query) throws SQLException {
        Map<String, String> values = new TreeMap<>();
        try (Statement sql = database.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            while (row.next()) {
                String key = row.getString(1);
                if (values.put(key, String.valueOf(row.getString(2))) != null) {
                    values.put(key, "there more than once");
                }
            }
        }
        return values;
    }

    private static void differences(
            String what, Map<String, String> expected, Map<String, String> found, List<String> wrong) {
        Set<String> keys = new TreeSet<>(expected.keySet());
        keys.addAll(found.keySet());
        for (String key : keys) {
            String should = expected.getOrDefault(key, "absent");
            String is = found.getOrDefault(key, "absent");
            if (!should.equals(is)) {
                wrong.add(what + " " + key + " is " + is + " and should be " + should);
            }
        }
    }
}

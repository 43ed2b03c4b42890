package hooklatch.dao;

import hooklatch.domain.CheckRun;
import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** Runs of the checks: {@code hooklatch_check_runs}, {@code hooklatch_check_counts}, {@code hooklatch_check_findings}. Stateless. */
public final class CheckRunDao {
    private static final String ADD_RUN = """
            INSERT INTO hooklatch_check_runs
                (node, started_at, finished_at, violations, notices, events_seen, orders_seen, facts_seen,
                 forgotten_before)
            VALUES (:node, :startedAt, :finishedAt, :violations, :notices, :events, :orders, :facts, :forgottenBefore)""";

    private static final String ADD_COUNT =
            "INSERT INTO hooklatch_check_counts (run_id, check_name, found) VALUES (:run, :check, :found)";

    private static final String ADD_FINDING = """
            INSERT INTO hooklatch_check_findings
                (run_id, check_name, position, provider, event_id, order_id, payment_id, fact_id, detail)
            VALUES (:run, :check, :position, :provider, :eventId, :orderId, :paymentId, :factId, :detail)""";

    /** Primary key, its last row. */
    private static final String LATEST = """
            SELECT id, node, started_at, finished_at, events_seen, orders_seen, facts_seen, forgotten_before
            FROM hooklatch_check_runs ORDER BY id DESC LIMIT 1""";

    /** Primary key of hooklatch_check_counts. */
    private static final String COUNTS = "SELECT check_name, found FROM hooklatch_check_counts WHERE run_id = :run";

    /** Primary key of hooklatch_check_findings. */
    private static final String FINDINGS = """
            SELECT position, provider, event_id, order_id, payment_id, fact_id, detail
            FROM hooklatch_check_findings
            WHERE run_id = :run AND check_name = :check AND position > :after
            ORDER BY position
            LIMIT :limit""";

    /** Primary keys. */
    private static final List<String> FORGET_RUNS = List.of(
            "DELETE FROM hooklatch_check_findings WHERE run_id < :firstKept",
            "DELETE FROM hooklatch_check_counts WHERE run_id < :firstKept",
            "DELETE FROM hooklatch_check_runs WHERE id < :firstKept");

    private static final int LONGEST_DETAIL = 1000;

    /**
     * Stores a finished run with the first findings of each check, and forgets older runs.
     *
     * @param run its id is not looked at
     */
    public void add(Handle handle, CheckRun run, Map<InvariantCheck, List<Finding>> findings, int runsKept) {
        long id = handle.createUpdate(ADD_RUN)
                .bind("node", run.node())
                .bind("startedAt", run.startedAt())
                .bind("finishedAt", run.finishedAt())
                .bind("violations", run.found(InvariantCheck.Severity.VIOLATION))
                .bind("notices", run.found(InvariantCheck.Severity.NOTICE))
                .bind("events", run.eventsSeen())
                .bind("orders", run.ordersSeen())
                .bind("facts", run.factsSeen())
                .bind("forgottenBefore", run.forgottenBefore())
                .executeAndReturnGeneratedKeys("id")
                .mapTo(Long.class)
                .one();
        PreparedBatch counts = handle.prepareBatch(ADD_COUNT);
        for (InvariantCheck check : InvariantCheck.values()) {
            counts.bind("run", id)
                    .bind("check", check.label())
                    .bind("found", run.found(check))
                    .add();
        }
        counts.execute();
        findings.values().stream().filter(list -> !list.isEmpty()).forEach(list -> addFindings(handle, id, list));
        FORGET_RUNS.forEach(sql ->
                handle.createUpdate(sql).bind("firstKept", id - runsKept + 1).execute());
    }

    private static void addFindings(Handle handle, long run, List<Finding> findings) {
        PreparedBatch rows = handle.prepareBatch(ADD_FINDING);
        int position = 0;
        for (Finding finding : findings) {
            position++;
            rows.bind("run", run)
                    .bind("check", finding.check().label())
                    .bind("position", position)
                    .bind("provider", finding.provider())
                    .bind("eventId", finding.eventId())
                    .bind("orderId", finding.orderId())
                    .bind("paymentId", finding.paymentId())
                    .bind("factId", finding.factId())
                    .bind("detail", shortened(finding.detail()))
                    .add();
        }
        rows.execute();
    }

    private static String shortened(String detail) {
        return detail.codePointCount(0, detail.length()) <= LONGEST_DETAIL
                ? detail
                : detail.substring(0, detail.offsetByCodePoints(0, LONGEST_DETAIL - 1)) + "…";
    }

    /** The run that finished last, on whichever node. */
    public Optional<CheckRun> latest(Handle handle) {
        return handle.createQuery(LATEST)
                .map((row, context) -> new CheckRun(
                        row.getLong("id"),
                        row.getString("node"),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "started_at")),
                        Objects.requireNonNull(UtcInstantColumns.read(row, "finished_at")),
                        Map.of(),
                        row.getLong("events_seen"),
                        row.getLong("orders_seen"),
                        row.getLong("facts_seen"),
                        UtcInstantColumns.read(row, "forgotten_before")))
                .findOne()
                .map(run -> withCounts(run, counts(handle, run.id())));
    }

    private static CheckRun withCounts(CheckRun run, Map<InvariantCheck, Long> counts) {
        return new CheckRun(
                run.id(),
                run.node(),
                run.startedAt(),
                run.finishedAt(),
                counts,
                run.eventsSeen(),
                run.ordersSeen(),
                run.factsSeen(),
                run.forgottenBefore());
    }

    private static Map<InvariantCheck, Long> counts(Handle handle, long run) {
        Map<InvariantCheck, Long> counts = new EnumMap<>(InvariantCheck.class);
        handle.createQuery(COUNTS)
                .bind("run", run)
                .map((row, context) -> Map.entry(row.getString("check_name"), row.getLong("found")))
                .forEach(count ->
                        InvariantCheck.ofLabel(count.getKey()).ifPresent(check -> counts.put(check, count.getValue())));
        return counts;
    }

    /** A finding and its place among those of its check, counted from 1. */
    public record Placed(int position, Finding finding) {}

    /** The findings of one check of a run behind a place. */
    public List<Placed> findings(Handle handle, long run, InvariantCheck check, int after, int limit) {
        return handle.createQuery(FINDINGS)
                .bind("run", run)
                .bind("check", check.label())
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> {
                    @Nullable Long orderId = row.getObject("order_id", Long.class);
                    return new Placed(
                            row.getInt("position"),
                            new Finding(
                                    check,
                                    row.getString("provider"),
                                    row.getString("event_id"),
                                    orderId,
                                    row.getString("payment_id"),
                                    row.getString("fact_id"),
                                    row.getString("detail")));
                })
                .list();
    }
}

package hooklatch.service;

import hooklatch.dao.CheckDao;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.domain.CheckRun;
import hooklatch.domain.Deadline;
import hooklatch.domain.Finding;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * One run of all checks: every table from its first row to where it ended when the run began, a batch at a time.
 *
 * <p>Each batch is one short transaction in which all reads see one moment. An event's effect, result and state are
 * committed together, so at any one moment they are all there or none is: deliveries that go on meanwhile cannot look like
 * a violation, and no batch has to be looked at twice. Nothing is locked, and no transaction lives longer than a batch.
 * For one thread.
 */
final class CheckRound {
    private static final int BATCH = 500;
    private static final int SMALLEST_BATCH = 25;
    private static final int TRIES = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Database database;
    private final Clock clock;
    private final String node;
    private final @Nullable Instant forgottenBefore;
    private final Runnable betweenBatches;
    private final CheckDao dao = new CheckDao();
    private final EventChecks eventChecks = new EventChecks();
    private final OrderChecks orderChecks = new OrderChecks();
    private final FactChecks factChecks = new FactChecks();
    private final CheckTally tally = new CheckTally();
    private final UntoldFacts untoldFacts = new UntoldFacts(tally::add);

    /**
     * @param forgottenBefore events finished before may have been forgotten; null when none was
     * @param betweenBatches may throw to end the run
     */
    CheckRound(
            Database database, Clock clock, String node, @Nullable Instant forgottenBefore, Runnable betweenBatches) {
        this.database = database;
        this.clock = clock;
        this.node = node;
        this.forgottenBefore = forgottenBefore;
        this.betweenBatches = betweenBatches;
    }

    /** What was found, by the run itself and in detail. */
    record Found(CheckRun run, CheckTally tally) {}

    /**
     * Looks at everything.
     *
     * @throws StorageException when MySQL failed several times in a row
     */
    Found run() {
        Instant startedAt = clock.instant();
        CheckDao.Ends ends = inSnapshot(dao::ends);
        Instant since = forgottenBefore != null && forgottenBefore.isAfter(ends.installedAt())
                ? forgottenBefore
                : ends.installedAt();
        boolean keyIsThere = inSnapshot(dao::eventKeyIsThere);
        if (!keyIsThere) {
            tally.add(EventChecks.keyIsMissing());
        }
        long facts = walk(
                        ends.payments(),
                        dao::payments,
                        CheckDao.PaymentRow::rowId,
                        (handle, rows, untold) -> factChecks.payments(handle, rows, since))
                + walk(
                        ends.refunds(),
                        dao::refunds,
                        row -> row.facts().rowId(),
                        (handle, rows, untold) -> factChecks.refunds(handle, rows, since, untold))
                + walk(
                        ends.disputes(),
                        dao::disputes,
                        CheckDao.DisputeRow::rowId,
                        (handle, rows, untold) -> factChecks.disputes(handle, rows, since, untold));
        // After the facts, because it finds the events that no index leads to from a fact.
        long events = walk(ends.events(), this::events, CheckDao.EventRow::rowId, (handle, rows, untold) -> {
            List<Finding> findings = new ArrayList<>(eventChecks.check(handle, rows));
            if (!keyIsThere) {
                findings.addAll(eventChecks.doubled(handle, rows));
            }
            return findings;
        });
        untoldFacts.end();
        long orders = walk(
                ends.orders(),
                dao::ordersWithPayments,
                Long::longValue,
                (handle, ids, untold) -> orderChecks.check(handle, ids, ends.installedAt()));
        CheckRun run = new CheckRun(
                0, node, startedAt, clock.instant(), tally.found(), events, orders, facts, forgottenBefore);
        return new Found(run, tally);
    }

    @FunctionalInterface
    private interface Read<R> {
        List<R> rows(Handle handle, CheckDao.Range range);
    }

    @FunctionalInterface
    private interface Check<R> {
        List<Finding> findings(Handle handle, List<R> rows, List<UntoldFacts.Fact> untold);
    }

    private record Batch<R>(List<R> rows, List<Finding> findings, List<UntoldFacts.Fact> untold) {}

    private List<CheckDao.EventRow> events(Handle handle, CheckDao.Range range) {
        List<CheckDao.EventRow> rows = dao.events(handle, range);
        untoldFacts.tellOf(rows);
        return rows;
    }

    /** Walks along a table. Where MySQL is too slow for a batch, a smaller one is tried. */
    private <R> long walk(long upTo, Read<R> read, ToLongFunction<R> rowId, Check<R> check) {
        long after = 0;
        long seen = 0;
        int limit = BATCH;
        int failures = 0;
        while (after < upTo) {
            betweenBatches.run();
            CheckDao.Range range = new CheckDao.Range(after, upTo, limit);
            Batch<R> batch;
            try {
                batch = inSnapshot(handle -> {
                    List<R> rows = read.rows(handle, range);
                    List<UntoldFacts.Fact> untold = new ArrayList<>();
                    return new Batch<>(rows, rows.isEmpty() ? List.of() : check.findings(handle, rows, untold), untold);
                });
            } catch (StorageException e) {
                failures++;
                if (failures == TRIES) {
                    throw e;
                }
                limit = Math.max(SMALLEST_BATCH, limit / 4);
                continue;
            }
            failures = 0;
            batch.findings().forEach(tally::add);
            untoldFacts.add(batch.untold());
            seen += batch.rows().size();
            if (batch.rows().size() < limit) {
                return seen;
            }
            after = rowId.applyAsLong(batch.rows().get(batch.rows().size() - 1));
        }
        return seen;
    }

    private <T> T inSnapshot(Function<Handle, T> work) {
        return database.inTransaction(Deadline.in(PATIENCE), handle -> {
            dao.beginSnapshot(handle);
            return work.apply(handle);
        });
    }
}

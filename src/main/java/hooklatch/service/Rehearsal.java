package hooklatch.service;

import com.fasterxml.jackson.databind.JsonNode;
import hooklatch.dao.Database;
import hooklatch.dao.StorageException;
import hooklatch.dao.TouchedRowsDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.EventKey;
import hooklatch.domain.EventRecord;
import hooklatch.domain.Fact;
import hooklatch.domain.Json;
import hooklatch.domain.OrderRef;
import hooklatch.domain.Outcome;
import hooklatch.domain.PaymentRef;
import hooklatch.domain.ReplayOutcome;
import hooklatch.domain.RowChange;
import hooklatch.domain.WebhookEvent;
import hooklatch.handler.EventHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A replay without its consequences: the claim, the handlers and the result of {@link EventTransaction}, in a transaction
 * that nothing commits. It takes no lock in Redis, waits at most a second for a row, and runs nothing of what handlers
 * want done after a commit. For as long as it takes, usually milliseconds, it holds the rows that the replay would hold.
 *
 * <p>The rows shown are exact: after the handlers have run, their work is taken back under the locks that it took, so what
 * is read before and after is the same moment for everybody else. Only the built-in tables are shown; what a handler writes
 * into tables of its own is rolled back unseen. What cannot be rolled back is not: gaps in AUTO_INCREMENT numbers, tables of
 * an engine without transactions, and whatever a handler does outside the transaction against its contract. Thread-safe.
 */
public final class Rehearsal {
    private static final Duration PATIENCE = Duration.ofMillis(3500);
    private static final Duration ROW_WAIT = Duration.ofSeconds(1);

    private final Database database;
    private final EventTransaction transaction;
    private final TouchedRowsDao touched = new TouchedRowsDao();

    /**
     * @param database not the deliveries': people who look must not take their connections
     */
    public Rehearsal(Database database, Originals originals, EventHandlers handlers, RetryPolicy retries, Clock clock) {
        this.database = database;
        // Nothing that it comes to is recorded.
        this.transaction = new EventTransaction(database, originals, handlers, retries, refusal -> {}, clock);
    }

    /**
     * What a replay would have done just now.
     *
     * @param rows what would have been written; empty unless the outcome is processed or skipped
     * @param afterCommit how many actions would have been run after the commit
     */
    public record Ended(ReplayOutcome outcome, List<RowChange> rows, int afterCommit) {
        static Ended with(ReplayOutcome outcome) {
            return new Ended(outcome, List.of(), 0);
        }
    }

    /** Runs the handlers on a stored event, and takes everything back. */
    public Ended of(WebhookEvent event) {
        try {
            Deadline deadline = Deadline.in(PATIENCE);
            return database.undone(deadline, ROW_WAIT, handle -> once(handle, event, deadline));
        } catch (EventTransaction.Refusal refusal) {
            return Ended.with(ReplayOutcome.refused(refusal.reason()));
        } catch (EventTransaction.ClaimedByAnother busy) {
            return Ended.with(ReplayOutcome.of(ReplayOutcome.Kind.BUSY));
        } catch (StorageException e) {
            boolean inTheWay =
                    e.kind() == StorageException.Kind.LOCK_WAIT_TIMEOUT || e.kind() == StorageException.Kind.DEADLOCK;
            return Ended.with(ReplayOutcome.of(inTheWay ? ReplayOutcome.Kind.BUSY : ReplayOutcome.Kind.UNAVAILABLE));
        }
    }

    private Ended once(Handle handle, WebhookEvent event, Deadline deadline) throws EventTransaction.Refusal {
        Database.setMark(handle);
        EventTransaction.Ended ended = transaction.effect(handle, event, Occasion.REPLAY, deadline);
        if (!(ended.outcome() instanceof Outcome.Processed processed)) {
            return Ended.with(
                    ended.outcome() instanceof Outcome.Duplicate duplicate
                            ? ReplayOutcome.of(ReplayOutcome.Kind.EFFECT_STANDS, duplicate.event())
                            : ReplayOutcome.of(ReplayOutcome.Kind.BUSY));
        }
        TouchedRowsDao.Scope scope = scope(event, processed.event());
        TouchedRowsDao.Rows after = touched.read(handle, scope);
        Database.backToMark(handle);
        TouchedRowsDao.Rows before = touched.read(handle, scope);
        return new Ended(
                ReplayOutcome.done(processed.event()),
                after.since(before),
                ended.afterCommit().size());
    }

    /** What the fact and the result name. */
    private static TouchedRowsDao.Scope scope(WebhookEvent event, EventRecord done) {
        Names names = Names.of(event.fact());
        JsonNode result = Json.read(Objects.requireNonNull(done.resultJson()));
        Set<Long> orders = new LinkedHashSet<>();
        addTo(orders, names.order());
        addTo(
                orders,
                result.path("order_id").canConvertToLong()
                        ? result.path("order_id").longValue()
                        : null);
        Set<String> payments = new LinkedHashSet<>();
        addTo(payments, names.payment());
        String paymentOfResult = result.path("payment_id").textValue();
        addTo(payments, paymentOfResult != null && EventKey.isValidId(paymentOfResult) ? paymentOfResult : null);
        return new TouchedRowsDao.Scope(
                event.key().provider(), event.key().eventId(), orders, payments, new LinkedHashSet<>(names.refs()));
    }

    private static <T> void addTo(Set<T> names, @Nullable T name) {
        if (name != null) {
            names.add(name);
        }
    }

    /** The rows that a fact speaks of. */
    private record Names(@Nullable Long order, @Nullable String payment, List<String> refs) {
        static Names of(Fact fact) {
            if (fact instanceof Fact.PaymentSucceeded f) {
                return new Names(f.order().id(), f.paymentId(), f.refs());
            } else if (fact instanceof Fact.PaymentFailed f) {
                return new Names(f.order().id(), f.paymentId(), f.refs());
            } else if (fact instanceof Fact.PaymentCanceled f) {
                return of(f.order(), f.paymentId());
            } else if (fact instanceof Fact.CheckoutCompleted f) {
                return of(f.order(), f.paymentId());
            } else if (fact instanceof Fact.RefundChanged f) {
                return of(f.payment());
            } else if (fact instanceof Fact.ChargeRefunded f) {
                return of(f.payment());
            } else if (fact instanceof Fact.DisputeChanged f) {
                return of(f.payment());
            }
            return new Names(null, null, List.of());
        }

        private static Names of(OrderRef order, String payment) {
            return new Names(order.id(), payment, List.of());
        }

        private static Names of(PaymentRef payment) {
            return payment.indirect()
                    ? new Names(null, null, List.of(payment.id()))
                    : new Names(null, payment.id(), List.of());
        }
    }
}

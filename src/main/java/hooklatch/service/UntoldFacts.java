package hooklatch.service;

import hooklatch.dao.CheckDao;
import hooklatch.domain.Finding;
import hooklatch.domain.ToldEffect;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Refunds and disputes of which no event of their payment tells. A provider that contradicts itself may have told of one
 * under another payment, before such events were refused, and no index leads there; so they wait until all events have
 * been looked at anyway. Of one run, not thread-safe.
 */
final class UntoldFacts {
    /** More than this many are no contradictions but a loss, and are findings at once. */
    private static final int KEPT = 1_000;

    private record Key(String provider, ToldEffect.Kind kind, String id) {}

    /**
     * A fact.
     *
     * @param status how far it has come
     * @param finding what to tell if no event told so
     */
    record Fact(String provider, ToldEffect.Kind kind, String id, String status, Finding finding) {}

    private final Consumer<Finding> tell;
    private final Map<Key, Fact> untold = new HashMap<>();

    /** @param tell takes what is found */
    UntoldFacts(Consumer<Finding> tell) {
        this.tell = tell;
    }

    void add(Collection<Fact> facts) {
        for (Fact fact : facts) {
            if (untold.size() < KEPT) {
                untold.put(new Key(fact.provider, fact.kind, fact.id), fact);
            } else {
                tell.accept(fact.finding);
            }
        }
    }

    /** Takes away those of which these events tell. */
    void tellOf(List<CheckDao.EventRow> events) {
        if (untold.isEmpty()) {
            return;
        }
        for (CheckDao.EventRow event : events) {
            if (event.resultJson() != null) {
                ToldEffect.read(event.resultJson())
                        .ifPresent(effect -> tellOf(event.key().provider(), effect));
            }
        }
    }

    private void tellOf(String provider, ToldEffect effect) {
        if (effect.kind() != ToldEffect.Kind.REFUND && effect.kind() != ToldEffect.Kind.DISPUTE) {
            return;
        }
        Key key = new Key(provider, effect.kind(), Objects.requireNonNull(effect.factId()));
        Fact fact = untold.get(key);
        if (fact != null && ToldEffect.reaches(effect.kind(), effect.status(), fact.status)) {
            untold.remove(key);
        }
    }

    /** Tells of all that are left. */
    void end() {
        List<Fact> left = new ArrayList<>(untold.values());
        untold.clear();
        left.forEach(fact -> tell.accept(fact.finding));
    }
}

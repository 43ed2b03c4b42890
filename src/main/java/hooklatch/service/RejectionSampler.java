package hooklatch.service;

import hooklatch.domain.Rejection;
import hooklatch.domain.RejectionCount;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which refused deliveries are noted one by one, and counts them all. Anybody can have any number of deliveries
 * refused: of one kind (cause and provider) the first thirty in a minute are noted, of one address the first five of
 * these, so that one sender cannot hide the others. The kinds are few, so what is kept in a minute is bounded. Thread-safe;
 * never waits for anything but another thread that counts the same kind.
 */
final class RejectionSampler {
    private static final int KEPT_OF_A_KIND = 30;
    private static final int KEPT_OF_AN_ADDRESS = 5;
    /** Deliveries are counted in the minute in which they began, and a slow one may end in the next. */
    private static final int MINUTES_OPEN = 2;

    private final Set<String> providers;
    private final ConcurrentMap<Kind, Tally> tallies = new ConcurrentHashMap<>();

    /** @param providers the names that are known */
    RejectionSampler(Set<String> providers) {
        this.providers = Set.copyOf(providers);
    }

    private record Kind(Instant minute, String provider, String cause) {}

    /** Touched only inside {@code compute} of its kind. */
    private static final class Tally {
        private final Map<String, Integer> keptOfAddress = new HashMap<>();
        private int keptInMinute;
        private long refused;
        private long kept;

        boolean admit(@Nullable String address) {
            refused++;
            if (keptInMinute >= KEPT_OF_A_KIND) {
                return false;
            }
            if (keptOfAddress.merge(String.valueOf(address), 1, Integer::sum) > KEPT_OF_AN_ADDRESS) {
                return false;
            }
            keptInMinute++;
            kept++;
            return true;
        }
    }

    /** Counts it; true when it is to be noted by itself. */
    boolean admit(Rejection rejection) {
        String provider =
                providers.contains(rejection.provider()) ? rejection.provider() : RejectionCount.OTHER_PROVIDER;
        Kind kind = new Kind(rejection.receivedAt().truncatedTo(ChronoUnit.MINUTES), provider, rejection.cause());
        boolean[] admitted = new boolean[1];
        tallies.compute(kind, (any, known) -> {
            Tally tally = known == null ? new Tally() : known;
            admitted[0] = tally.admit(rejection.sourceAddress());
            return tally;
        });
        return admitted[0];
    }

    /** What was counted since the last call, and forgets the minutes that are over. */
    List<RejectionCount> drain() {
        List<RejectionCount> counts = new ArrayList<>();
        Instant newest = tallies.keySet().stream()
                .map(Kind::minute)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
        for (Kind kind : tallies.keySet()) {
            tallies.computeIfPresent(kind, (any, tally) -> {
                if (tally.refused > 0) {
                    counts.add(new RejectionCount(
                            kind.minute(), kind.provider(), kind.cause(), tally.refused, tally.kept));
                    tally.refused = 0;
                    tally.kept = 0;
                }
                boolean over =
                        kind.minute().plus(MINUTES_OPEN, ChronoUnit.MINUTES).isBefore(newest);
                return over ? null : tally;
            });
        }
        counts.sort(Comparator.comparing(RejectionCount::minute)
                .thenComparing(RejectionCount::provider)
                .thenComparing(RejectionCount::cause));
        return counts;
    }
}

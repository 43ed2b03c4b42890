package hooklatch.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Faults in the order in which they happen, all drawn from a seed.
 *
 * @param ordersPerPhase how many orders the shop gets in each phase; each brings some events
 */
record FaultPlan(long seed, int ordersPerPhase, List<Phase> phases) {

    /**
     * One fault.
     *
     * @param node of which it is about one
     * @param lasts how long it lasts where that is ours to say
     * @param seed for all that is drawn during it
     */
    record Phase(Fault fault, int node, Duration lasts, long seed) {}

    /** Every kind once, after a phase without any. */
    static FaultPlan once(long seed, int orders) {
        List<Phase> phases = new ArrayList<>();
        Random random = new Random(seed);
        phases.add(new Phase(Fault.NONE, 0, Duration.ofMillis(1_500), random.nextLong()));
        round(random, phases, false);
        return new FaultPlan(seed, orders, List.copyOf(phases));
    }

    /** As many rounds of every kind as surely suffice: whoever carries it out ends after the time that he has. */
    static FaultPlan rounds(long seed, int orders, int rounds) {
        List<Phase> phases = new ArrayList<>();
        Random random = new Random(seed);
        phases.add(new Phase(Fault.NONE, 0, Duration.ofSeconds(3), random.nextLong()));
        for (int round = 0; round < rounds; round++) {
            round(random, phases, true);
        }
        return new FaultPlan(seed, orders, List.copyOf(phases));
    }

    /** Of these faults one after the other. */
    static FaultPlan of(long seed, int orders, Fault... faults) {
        Random random = new Random(seed);
        List<Phase> phases = Arrays.stream(faults)
                .map(fault -> phase(fault, random.nextInt(2), random, false))
                .toList();
        return new FaultPlan(seed, orders, phases);
    }

    /** Kills are spread, of one node after the other: the one starts again while others things happen. */
    private static void round(Random random, List<Phase> phases, boolean patient) {
        List<Fault> kills = new ArrayList<>();
        List<Fault> others = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            if (fault != Fault.NONE) {
                (fault.isKill() ? kills : others).add(fault);
            }
        }
        Collections.shuffle(kills, random);
        Collections.shuffle(others, random);
        int node = random.nextInt(2);
        int placed = 0;
        for (int kill = 0; kill < kills.size(); kill++) {
            node = 1 - node;
            phases.add(phase(kills.get(kill), node, random, patient));
            for (; placed < others.size() * (kill + 1) / kills.size(); placed++) {
                Fault other = others.get(placed);
                // A partition strikes either; all else the one that was not killed just now.
                phases.add(phase(other, other.isPartition() ? random.nextInt(2) : 1 - node, random, patient));
            }
        }
    }

    private static Phase phase(Fault fault, int node, Random random, boolean patient) {
        return new Phase(fault, node, lasts(random, fault, patient), random.nextLong());
    }

    private static Duration lasts(Random random, Fault fault, boolean patient) {
        int least = switch (fault) {
            // Longer than the 4.5 s in which a node must answer whatever MySQL does.
            case MYSQL_HANG, MYSQL_HANG_OF_ONE -> 5_000;
            // Longer than its locks live: others take them over, and it goes on as if it had them.
            case PAUSE_NODE -> Cluster.LOCK_TIMEOUT_MS + 1_000;
            case REDIS_HANG, REDIS_HANG_OF_ONE -> 2_000;
            default -> 1_000;
        };
        // In a long one deliveries are so thinly spread that a kill at random would seldom meet one.
        boolean dense = fault == Fault.KILL_AT_RANDOM || fault == Fault.KILL_ALL;
        return Duration.ofMillis(least + random.nextInt(patient && !dense ? 6_000 : 500));
    }
}

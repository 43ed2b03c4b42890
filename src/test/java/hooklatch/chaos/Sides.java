package hooklatch.chaos;

import java.util.Locale;

/**
 * What the nodes themselves count while one of them is struck alone.
 *
 * @param struck work of the struck node: what only the fault makes it do where that is cut off or hangs, and anything where
 *     all is only slow
 * @param other work of the other node, which it could not do under the same fault
 */
record Sides(Fault fault, long struck, long other) {

    /** Counts from the start of the nodes. */
    static Sides of(Fault fault, Node struck, Node other) {
        return switch (fault) {
            case REDIS_CUT_OF_ONE, REDIS_HANG_OF_ONE ->
                new Sides(fault, (long) struck.meter("hooklatch_events_without_redis_total"), (long)
                        other.meter("hooklatch_lock_wait_seconds_count", "outcome=\"held\""));
            case MYSQL_CUT_OF_ONE, MYSQL_HANG_OF_ONE ->
                new Sides(fault, deliveries(struck, "outcome=\"unavailable\""), processed(other));
            case MYSQL_SLOW_OF_ONE, REDIS_SLOW_OF_ONE -> new Sides(fault, deliveries(struck, ""), processed(other));
            default -> throw new IllegalArgumentException(fault + " strikes all nodes, or none");
        };
    }

    private static long processed(Node node) {
        return deliveries(node, "outcome=\"processed\"");
    }

    private static long deliveries(Node node, String outcome) {
        return (long) node.meter("hooklatch_deliveries_seconds_count", outcome);
    }

    Sides since(Sides before) {
        return new Sides(fault, struck - before.struck, other - before.other);
    }

    Sides and(Sides more) {
        return new Sides(fault, struck + more.struck, other + more.other);
    }

    /** Whether one node met the fault and went on, and the other did not meet it. */
    boolean bothAtWork() {
        return struck > 0 && other > 0;
    }

    @Override
    public String toString() {
        String counted = switch (fault) {
            case REDIS_CUT_OF_ONE, REDIS_HANG_OF_ONE ->
                "%s: that node processed %d events without Redis, the other took %d locks in Redis";
            case MYSQL_CUT_OF_ONE, MYSQL_HANG_OF_ONE ->
                "%s: that node answered %d deliveries 503, the other processed %d events";
            default -> "%s: that node answered %d deliveries, the other processed %d events";
        };
        return String.format(Locale.ROOT, counted, fault.title(), struck, other);
    }
}

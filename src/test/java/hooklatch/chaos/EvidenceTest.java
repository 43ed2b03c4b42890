package hooklatch.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EvidenceTest {

    private final Evidence evidence = new Evidence();

    @Test
    void addsUpWhatWasSeenOfAKind() {
        evidence.demand(Fault.REDIS_CUT, "chaos-1's way to Redis", "connections reset", 3);
        evidence.note(Fault.REDIS_CUT, "connections refused", 0);
        evidence.demand(Fault.REDIS_CUT, "chaos-2's way to Redis", "connections reset", 4);
        evidence.note(Fault.REDIS_CUT, "connections refused", 2);
        evidence.note(Fault.MYSQL_CUT, "connections refused", 9);
        evidence.note(Fault.KILL_ALL, "deliveries in work", 1);
        evidence.note(Fault.KILL_ALL, "answers lost", 1);

        assertThat(evidence.of(Fault.REDIS_CUT)).isEqualTo("7 connections reset, 2 connections refused");
        assertThat(evidence.of(Fault.KILL_ALL)).isEqualTo("1 delivery in work, 1 answer lost");
        assertThat(evidence.of(Fault.NONE)).isEmpty();
        assertThat(evidence.missing()).isEmpty();
    }

    @Test
    void namesEachFaultThatNothingWasSeenOfAlsoBesideOneThatStruck() {
        evidence.demand(Fault.REDIS_HANG, "chaos-1's way to Redis", "pieces held", 3);
        evidence.demand(Fault.REDIS_HANG, "chaos-2's way to Redis", "pieces held", 0);
        evidence.demand(Fault.REDIS_FLUSH, "", "keys lost", 0);

        assertThat(evidence.of(Fault.REDIS_HANG)).isEqualTo("3 pieces held");
        assertThat(evidence.missing())
                .containsExactly(
                        "Redis hangs, at chaos-2's way to Redis: no pieces held", "Redis emptied: no keys lost");
    }
}

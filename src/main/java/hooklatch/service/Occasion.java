package hooklatch.service;

import hooklatch.domain.Claim;
import hooklatch.domain.EventStatus;

/** Why an event is worked on. It decides one thing: which earlier ends of it stand. */
enum Occasion {
    /** It was delivered, or its next attempt is due: every final result stands. */
    DELIVERY,
    /** A person asked for it: an effect stands, the decision that there is none is made anew. */
    REPLAY;

    /** Whether an event of this status is answered from what is committed, without a run of its handlers. */
    boolean isAnsweredBy(EventStatus status) {
        return this == REPLAY ? status == EventStatus.PROCESSED : status.isFinal();
    }

    boolean isAnsweredBy(Claim claim) {
        return !claim.fresh() && isAnsweredBy(claim.event().status());
    }
}

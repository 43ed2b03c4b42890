package hooklatch.service;

import hooklatch.domain.Finding;
import hooklatch.domain.InvariantCheck;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts what a run of the checks finds, and keeps the first findings of each check. For one thread. */
final class CheckTally {
    /** Kept of each check; all are counted. */
    static final int KEPT = 1_000;

    private final Map<InvariantCheck, Long> found = new EnumMap<>(InvariantCheck.class);
    private final Map<InvariantCheck, List<Finding>> kept = new EnumMap<>(InvariantCheck.class);

    CheckTally() {
        for (InvariantCheck check : InvariantCheck.values()) {
            found.put(check, 0L);
            kept.put(check, new ArrayList<>());
        }
    }

    void add(Finding finding) {
        found.merge(finding.check(), 1L, Long::sum);
        List<Finding> list = kept.computeIfAbsent(finding.check(), any -> new ArrayList<>());
        if (list.size() < KEPT) {
            list.add(finding);
        }
    }

    Map<InvariantCheck, Long> found() {
        return found;
    }

    Map<InvariantCheck, List<Finding>> kept() {
        return kept;
    }
}

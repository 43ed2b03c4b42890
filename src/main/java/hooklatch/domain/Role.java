package hooklatch.domain;

import java.util.Locale;
import java.util.Optional;

/** What a user of the dashboard may do. Each role may all that the ones before it may. */
public enum Role {
    /** Reads the pages, personal data masked. */
    VIEWER,
    /** Also replays, releases locks and reveals payloads. */
    OPERATOR,
    /** Also manages users and reads the audit log. */
    ADMIN;

    /** Whether this role may what the given one may. */
    public boolean covers(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** As stored and as shown. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role of that name in lower case; empty when there is none. */
    public static Optional<Role> named(String name) {
        for (Role role : values()) {
            if (role.column().equals(name)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    /** The role of a column. */
    public static Role ofColumn(String value) {
        return named(value).orElseThrow(() -> new IllegalArgumentException("no role: " + value));
    }
}

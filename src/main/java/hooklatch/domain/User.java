package hooklatch.domain;

import java.text.Normalizer;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who may sign in to the dashboard, without the password.
 *
 * @param name as {@link #normalName} makes it
 * @param disabledAt null = may sign in
 * @param signedInAt when last; null = never
 */
public record User(
        long id,
        String name,
        Role role,
        @Nullable Instant disabledAt,
        Instant createdAt,
        Instant passwordChangedAt,
        @Nullable Instant signedInAt) {
    private static final int MAX_NAME_LENGTH = 64;

    public boolean isDisabled() {
        return disabledAt != null;
    }

    /**
     * The one spelling of a name: trimmed, composed, in lower case.
     *
     * @return empty when it can be nobody's: nothing, more than 64 characters, or with characters that do not show
     */
    public static Optional<String> normalName(String written) {
        String name = Normalizer.normalize(written.trim(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
        boolean usable = !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && name.codePoints().allMatch(User::shows);
        return usable ? Optional.of(name) : Optional.empty();
    }

    private static boolean shows(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}

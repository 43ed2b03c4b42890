package hooklatch.provider;

import java.util.List;

/** The headers of a delivery. Names are case-insensitive. */
@FunctionalInterface
public interface Headers {
    /** All values of the header in order of arrival; empty when it is absent. */
    List<String> all(String name);

    /**
     * The values that say something: blanks and tabs around them dropped (they are not part of a value), empty ones left
     * out, repeated ones once, in order of arrival.
     */
    default List<String> present(String name) {
        return all(name).stream()
                .map(Headers::withoutSurroundingBlanks)
                .filter(value -> !value.isEmpty())
                .distinct()
                .toList();
    }

    private static String withoutSurroundingBlanks(String value) {
        int start = 0;
        int end = value.length();
        while (start < end && isBlank(value.charAt(start))) {
            start++;
        }
        while (start < end && isBlank(value.charAt(end - 1))) {
            end--;
        }
        return value.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}

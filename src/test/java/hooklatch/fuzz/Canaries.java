package hooklatch.fuzz;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must be seen nowhere.
 *
 * @param secrets of the configuration and of those who are signed in
 * @param personal what bodies and headers carry and no answer or log line may repeat
 */
record Canaries(List<String> secrets, List<String> personal) {
    static final String EMAIL = "canary-4b1d7c@example.test";
    static final String CARD = "4242424242424242";
    static final String HEADER = "canary-header-77aa31";
    static final String NAME = "Zebulon Canaryman";

    static Canaries of(List<String> secrets) {
        return new Canaries(List.copyOf(secrets), List.of(EMAIL, CARD, HEADER, NAME));
    }

    /** The first of them that is in the text; never the secret itself. */
    @Nullable
    String in(String text) {
        for (int i = 0; i < secrets.size(); i++) {
            if (text.contains(secrets.get(i))) {
                return "secret number " + i;
            }
        }
        for (String canary : personal) {
            if (text.contains(canary)) {
                return canary;
            }
        }
        return null;
    }
}

package hooklatch.fuzz;

import java.util.Locale;
import java.util.Map;

/**
 * What came back.
 *
 * @param head status line and headers as they came
 * @param headers by their names in lower case
 */
record Answer(int status, String head, Map<String, String> headers, String body) {
    String header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    boolean closes() {
        return header("Connection").equalsIgnoreCase("close");
    }
}

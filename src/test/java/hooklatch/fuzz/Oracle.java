package hooklatch.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an answer must be like, whatever was asked. Thread-safe. */
final class Oracle {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int LONGEST_JSON_TO_A_DELIVERY = 4_096;

    /** Of our code, of the libraries, of the database: none of it is anybody's business. */
    private static final List<String> INNER = List.of(
            "Exception",
            "\tat ",
            "java.",
            "jakarta.",
            "hooklatch.",
            "org.eclipse",
            "com.mysql",
            "SQLSTATE",
            "You have an error in your SQL",
            "jdbc:");

    private static final Set<String> OUTCOMES = Set.of("success", "already_processed", "dead_lettered");

    private final Canaries canaries;

    Oracle(Canaries canaries) {
        this.canaries = canaries;
    }

    /** What is wrong with the answer, or null. */
    @Nullable
    String problemWith(Input input, @Nullable Answer answer) {
        if (answer == null) {
            return input.due() == Input.Due.NOTHING ? null : "no answer, and the connection was ended";
        }
        String leak = leak(answer);
        if (leak != null) {
            return leak;
        }
        if (answer.status() >= 500 && !isAllowed(input, answer)) {
            return "status " + answer.status();
        }
        if (answer.status() < 300 && input.signed() == null && input.kind().equals("not signed")) {
            return "accepted, though nobody had signed it";
        }
        return switch (input.due()) {
            case DELIVERY -> delivery(input, answer);
            case JSON -> json(answer);
            case PAGE -> page(input, answer);
            case ANYTHING, NOTHING -> null;
        };
    }

    private @Nullable String leak(Answer answer) {
        String canary = canaries.in(answer.head());
        canary = canary == null ? canaries.in(answer.body()) : canary;
        if (canary != null) {
            return "the answer holds " + canary;
        }
        for (String inner : INNER) {
            if (answer.body().contains(inner)) {
                return "the answer tells of the inside: " + inner;
            }
        }
        return null;
    }

    /**
     * A refusal by a handler is 500 by the contract, and says why; the container may not know a version or a coding of
     * HTTP. Nothing else.
     */
    private static boolean isAllowed(Input input, Answer answer) {
        if (answer.status() == 501 || answer.status() == 505) {
            return input.kind().equals("broken HTTP");
        }
        return answer.status() == 500 && isRefusal(answer) && input.signed() != null;
    }

    /** Whether it is the contract's answer to an event that a handler refused. */
    static boolean isRefusal(Answer answer) {
        JsonNode body = tree(answer);
        return answer.status() == 500
                && body != null
                && body.size() == 1
                && body.path("error").isTextual()
                && !body.path("error").textValue().equals("Internal error");
    }

    private static @Nullable String delivery(Input input, Answer answer) {
        if (answer.status() == 431) {
            // Said by the container, before the application was asked.
            return null;
        }
        if (!List.of(200, 400, 401, 409, 413, 500).contains(answer.status())) {
            return "status " + answer.status() + " to a delivery";
        }
        String problem = json(answer);
        if (problem != null) {
            return problem;
        }
        if (answer.body().length() > LONGEST_JSON_TO_A_DELIVERY) {
            return "an answer of " + answer.body().length() + " characters";
        }
        JsonNode body = tree(answer);
        if (body == null || !body.isObject()) {
            return "the answer is no JSON object";
        }
        Set<String> names = new HashSet<>();
        body.fieldNames().forEachRemaining(names::add);
        if (answer.status() == 200) {
            return body.path("processed").isBoolean()
                            && OUTCOMES.contains(body.path("status").asText())
                    ? null
                    : "200 without an outcome";
        }
        if (answer.status() == 409) {
            return body.path("status").asText().equals("already_processing") ? null : "409 without its status";
        }
        return names.equals(Set.of("error")) && (input.signed() != null || answer.status() < 500)
                ? null
                : "fields " + names + " beside an error";
    }

    private static @Nullable String json(Answer answer) {
        String type = answer.header("Content-Type").toLowerCase(Locale.ROOT).replace(" ", "");
        if (!type.equals("application/json;charset=utf-8")) {
            return "content type " + type;
        }
        return guarded(answer);
    }

    private static @Nullable String page(Input input, Answer answer) {
        if (List.of(400, 414, 431).contains(answer.status())
                && answer.header("X-Content-Type-Options").isEmpty()) {
            // Said by the container, before the application was asked.
            return null;
        }
        String type = answer.header("Content-Type");
        if (type.startsWith("text/html")
                && !input.isHead()
                && !answer.body().stripTrailing().endsWith("</html>")) {
            return "half a page";
        }
        if (type.startsWith("application/json") && !input.isHead() && tree(answer) == null) {
            return "JSON that is none";
        }
        String location = answer.header("Location");
        if (!location.isEmpty() && (!location.startsWith("/") || location.startsWith("//"))) {
            return "a redirect to " + location;
        }
        return guarded(answer);
    }

    private static @Nullable String guarded(Answer answer) {
        boolean guarded = answer.header("X-Content-Type-Options").equals("nosniff")
                && answer.header("Content-Security-Policy").matches("default-src '(self|none)'.*");
        return guarded ? null : "without the headers that tell browsers what not to do";
    }

    static @Nullable JsonNode tree(Answer answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}

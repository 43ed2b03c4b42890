package hooklatch.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads single settings and collects what is wrong with them, so that a refused start names everything at once. A value
 * is trimmed; a blank one counts as not set. Values of secrets are never repeated. Not thread-safe.
 */
final class ConfigurationReader {
    private final Function<String, @Nullable String> source;
    private final List<String> problems = new ArrayList<>();

    ConfigurationReader(Function<String, @Nullable String> source) {
        this.source = source;
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(source.apply(name)).map(String::trim).filter(value -> !value.isEmpty());
    }

    String text(String name, String otherwise) {
        return text(name).orElse(otherwise);
    }

    /** A value in which blanks at the ends mean something, such as a password; empty when it is not set. */
    String verbatim(String name) {
        String value = source.apply(name);
        return value == null ? "" : value;
    }

    int number(String name, int otherwise, int least, int most) {
        Optional<String> written = text(name);
        if (written.isEmpty()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(written.get());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below, in the same words as a number out of range.
        }
        problem(name, "must be a whole number from " + least + " to " + most + ", not \"" + written.get() + "\"");
        return otherwise;
    }

    Duration millis(String name, int otherwise, int least, int most) {
        return Duration.ofMillis(number(name, otherwise, least, most));
    }

    Duration seconds(String name, int otherwise, int least, int most) {
        return Duration.ofSeconds(number(name, otherwise, least, most));
    }

    Optional<Boolean> flag(String name) {
        Optional<String> written = text(name);
        if (written.isEmpty()) {
            return Optional.empty();
        }
        switch (written.get()) {
            case "true" -> {
                return Optional.of(true);
            }
            case "false" -> {
                return Optional.of(false);
            }
            default -> {
                problem(name, "must be true or false, not \"" + written.get() + "\"");
                return Optional.empty();
            }
        }
    }

    /** One of the enum's names in lower case. */
    <E extends Enum<E>> E choice(String name, Class<E> type, E otherwise) {
        Optional<String> written = text(name);
        if (written.isEmpty()) {
            return otherwise;
        }
        List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String word = constant.name().toLowerCase(Locale.ROOT);
            if (word.equals(written.get())) {
                return constant;
            }
            names.add(word);
        }
        problem(name, "must be " + String.join(" or ", names) + ", not \"" + written.get() + "\"");
        return otherwise;
    }

    /** Comma-separated, trimmed; {@code \,} is a comma that belongs to a secret. Empty when the setting is not there. */
    List<String> secrets(String name) {
        String value = source.apply(name);
        if (value == null || value.isBlank()) {
            return List.of();
        }
        List<String> secrets = new ArrayList<>();
        boolean gap = false;
        for (String part : value.split("(?<!\\\\),", -1)) {
            String secret = part.trim().replace("\\,", ",");
            if (secret.isEmpty()) {
                gap = true;
            } else {
                secrets.add(secret);
            }
        }
        if (gap) {
            problem(name, "has an empty entry between its commas (a comma that belongs to a secret is written \\,)");
        }
        return List.copyOf(secrets);
    }

    /** Comma-separated, trimmed, each read by the given function, whose complaints are collected. */
    <T> List<T> list(String name, Function<String, T> reading) {
        List<T> values = new ArrayList<>();
        for (String part : text(name, "").split(",", -1)) {
            if (!part.isBlank()) {
                try {
                    values.add(reading.apply(part.trim()));
                } catch (IllegalArgumentException e) {
                    problem(name, "is wrong: " + e.getMessage());
                }
            }
        }
        return List.copyOf(values);
    }

    void problem(String name, String what) {
        problems.add(name + " " + what);
    }

    /** Throws when anything was wrong. */
    void finish() {
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }
}

package hooklatch.app;

import java.util.List;

/** The configuration cannot be used. The message lists every problem, and never a secret. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    ConfigurationException(List<String> problems) {
        super("Hooklatch cannot start with this configuration:"
                + String.join("", problems.stream().map(p -> "\n  - " + p).toList()));
        this.problems = List.copyOf(problems);
    }

    /** One sentence each, beginning with the name of the setting. */
    public List<String> problems() {
        return problems;
    }
}

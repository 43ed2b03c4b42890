package hooklatch.docs;

import hooklatch.testing.BuildDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of {@code README.md} and the blocks of code in it. */
public record Readme(String text) {
    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    public static Readme read() {
        try {
            return new Readme(Files.readString(project().resolve("README.md")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The project's directory, whatever the working directory is. */
    public static Path project() {
        return Objects.requireNonNull(BuildDirectory.path().getParent());
    }

    /**
     * The block of the language that begins with the given text, with its last line break.
     *
     * @throws IllegalStateException unless there is exactly one
     */
    public String block(String language, String beginning) {
        List<String> found = new ArrayList<>();
        for (Matcher block = BLOCK.matcher(text); block.find(); ) {
            if (block.group(1).equals(language) && block.group(2).startsWith(beginning)) {
                found.add(block.group(2));
            }
        }
        if (found.size() != 1) {
            throw new IllegalStateException(
                    "README.md has " + found.size() + " blocks of " + language + " that begin with " + beginning);
        }
        return found.get(0);
    }
}

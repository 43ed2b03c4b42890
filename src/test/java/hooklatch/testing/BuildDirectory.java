package hooklatch.testing;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Objects;

/** Where the build writes: {@code target}, found from the compiled classes so that the working directory is irrelevant. */
public final class BuildDirectory {

    private BuildDirectory() {}

    /** The absolute path of {@code target}. */
    public static Path path() {
        CodeSource source = Objects.requireNonNull(
                BuildDirectory.class.getProtectionDomain().getCodeSource(), "the test classes come from nowhere");
        try {
            Path testClasses =
                    Path.of(source.getLocation().toURI()).toAbsolutePath().normalize();
            return Objects.requireNonNull(testClasses.getParent(), "test classes at the root of the file system");
        } catch (URISyntaxException e) {
            throw new IllegalStateException("Not a path: " + source.getLocation(), e);
        }
    }
}

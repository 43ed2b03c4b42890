package hooklatch.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Deletes directory trees. */
public final class Directories {

    private Directories() {}

    /** Deletes everything in the directory, and the directory. */
    public static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            deleteContents(directory);
            Files.delete(directory);
        }
    }

    /** Deletes everything in the directory, but not the directory. */
    public static void deleteContents(Path directory) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> tree = Files.walk(directory)) {
            deepestFirst = tree.filter(path -> !path.equals(directory))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}

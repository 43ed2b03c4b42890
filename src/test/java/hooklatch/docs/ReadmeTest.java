package hooklatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README says of meters and files. */
class ReadmeTest {
    private static final Pattern METER = Pattern.compile("\"(hooklatch(?:\\.[a-z]+)+)\"");
    private static final Pattern NAMED_METER =
            Pattern.compile("^\\| `(hooklatch(?:_[a-z]+)+)`(.*?)\\|", Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern ANCHOR = Pattern.compile("]\\(#([^)]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

    private final Readme readme = Readme.read();

    @Test
    void theMetersOfTheCodeAndThoseOfTheReadmeAreTheSame() throws IOException {
        Set<String> inCode = new TreeSet<>();
        for (Path source : mainSources()) {
            for (Matcher meter = METER.matcher(Files.readString(source)); meter.find(); ) {
                inCode.add(meter.group(1).replace('.', '_'));
            }
        }
        Set<String> named = new TreeSet<>();
        for (Matcher meter = NAMED_METER.matcher(readme.text()); meter.find(); ) {
            // Prometheus' endings are not part of a meter's name.
            named.add(meter.group(1).replaceFirst("_(seconds|total)$", ""));
        }

        assertThat(inCode).isNotEmpty();
        assertThat(named).isEqualTo(inCode);
    }

    @Test
    void everyFileThatTheDocumentsLinkToIsThere() throws IOException {
        List<Path> documents;
        try (Stream<Path> files = Files.list(Readme.project().resolve("src/docs"))) {
            documents = Stream.concat(
                            Stream.of(
                                    Readme.project().resolve("README.md"),
                                    Readme.project().resolve("CHANGELOG.md")),
                            files.filter(file -> file.toString().endsWith(".md")))
                    .toList();
        }
        for (Path document : documents) {
            for (Matcher link = LINK.matcher(Files.readString(document)); link.find(); ) {
                if (!link.group(1).startsWith("http")) {
                    assertThat(document.resolveSibling(link.group(1)))
                            .as("linked to by %s", document.getFileName())
                            .exists();
                }
            }
        }
    }

    @Test
    void everySectionThatTheReadmeLinksToIsThere() {
        Set<String> headings = new TreeSet<>();
        for (Matcher heading = HEADING.matcher(readme.text()); heading.find(); ) {
            headings.add(heading.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^a-z0-9 _-]", "")
                    .replace(' ', '-'));
        }
        for (Matcher anchor = ANCHOR.matcher(readme.text()); anchor.find(); ) {
            assertThat(headings).contains(anchor.group(1));
        }
    }

    private static List<Path> mainSources() throws IOException {
        try (Stream<Path> files = Files.walk(Readme.project().resolve("src/main/java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }
}

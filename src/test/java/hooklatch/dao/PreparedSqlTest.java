package hooklatch.dao;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import hooklatch.domain.Deadline;
import hooklatch.testing.TestServers;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the statements of a delivery's path do with what they are given. */
class PreparedSqlTest {
    private final TestServers servers = TestServers.get();
    private final HikariDataSource pool =
            ConnectionPool.open(servers.newDatabase(), servers.user(), servers.password(), "prepared", 1);
    private final Database database = new Database(pool);

    @AfterEach
    void close() throws InterruptedException {
        database.close();
        ConnectionPool.close(pool);
    }

    private <T> T run(HandleCallback<T, RuntimeException> work) {
        return database.inTransaction(Deadline.in(Duration.ofSeconds(10)), work);
    }

    @Test
    void eachKindOfValueArrivesAndANameMayStandTwice() {
        PreparedSql sql = PreparedSql.of(
                "SELECT CONCAT_WS('|', :text, :number, HEX(:bytes), :decimal, :text, :at, :none IS NULL, ':text')");

        String read = run(handle -> sql.on(handle)
                .bind("text", "a'?:number")
                .bind("number", 42)
                .bind("bytes", new byte[] {0, -1})
                .bind("decimal", new BigDecimal("1.50"))
                .bind("at", Instant.parse("2026-01-02T03:04:05.123456789Z"))
                .bind("none", (Long) null)
                .one(row -> row.getString(1)));

        assertThat(read).isEqualTo("a'?:number|42|00FF|1.50|a'?:number|2026-01-02 03:04:05.123456|1|:text");
    }

    @Test
    void rowsComeInTheirOrder() {
        PreparedSql sql = PreparedSql.of("SELECT 2 AS n UNION ALL SELECT 3 UNION ALL SELECT 1 ORDER BY n DESC");

        List<Integer> all = run(handle -> sql.on(handle).list(row -> row.getInt(1)));
        assertThat(all).containsExactly(3, 2, 1);
        Optional<Integer> first = run(handle -> sql.on(handle).first(row -> row.getInt(1)));
        assertThat(first).contains(3);
    }

    @Test
    void noRowIsEmptyOrADefect() {
        PreparedSql sql = PreparedSql.of("SELECT 1 FROM DUAL WHERE FALSE");

        List<Integer> all = run(handle -> sql.on(handle).list(row -> row.getInt(1)));
        assertThat(all).isEmpty();
        Optional<Integer> first = run(handle -> sql.on(handle).first(row -> row.getInt(1)));
        assertThat(first).isEmpty();
        assertThatThrownBy(() -> run(handle -> sql.on(handle).one(row -> row.getInt(1))))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatIsNotBoundOrNotThereIsADefect() {
        PreparedSql sql = PreparedSql.of("SELECT :a + :b");

        assertThatThrownBy(() -> run(handle -> sql.on(handle).bind("a", 1).one(row -> row.getInt(1))))
                .hasMessageContaining("\"b\" is not bound");
        assertThatThrownBy(() -> run(handle -> sql.on(handle).bind("c", 1).update()))
                .hasMessageContaining("no parameter \"c\"");
    }

    /** What is bound may be personal data, and exceptions reach the log. */
    @Test
    void aFailureIsTheDriversAndTellsNoValue() {
        PreparedSql sql = PreparedSql.of("INSERT INTO there_is_no_such_table (name) VALUES (:name)");

        assertThatThrownBy(() -> run(
                        handle -> sql.on(handle).bind("name", "jo@example.com").update()))
                .isInstanceOf(UnableToExecuteStatementException.class)
                .hasCauseInstanceOf(SQLException.class)
                .satisfies(failure -> assertThat(failure.toString()).doesNotContain("jo@example.com"));
        int one = run(handle -> PreparedSql.of("SELECT 1").on(handle).one(row -> row.getInt(1)));
        assertThat(one).as("the one connection was given back").isEqualTo(1);
    }
}

package hooklatch.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestServersTest {

    @Test
    void mariaDbIsTheExpectedOneWithUtcAndFullDurability() throws SQLException {
        String url = TestServers.get().newDatabase();
        assertThat(oneRow(
                        url,
                        "SELECT CONCAT_WS(' ', @@version, @@character_set_database, @@global.time_zone, "
                                + "@@session.time_zone, @@innodb_flush_log_at_trx_commit, @@bind_address)"))
                .matches("(10\\.11|11\\.4)\\.\\S+ utf8mb4 \\+00:00 \\S*(\\+00:00|UTC) 1 127\\.0\\.0\\.1");
    }

    @Test
    void eachNewDatabaseIsEmptyAndAnotherOne() throws SQLException {
        String one = TestServers.get().newDatabase();
        String other = TestServers.get().newDatabase();
        execute(one, "CREATE TABLE things (id INT)");
        String tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
        assertThat(oneRow(one, tables)).isEqualTo("1");
        assertThat(oneRow(other, tables)).isEqualTo("0");
    }

    @Test
    void redisAnswers() throws IOException {
        assertThat(ask(TestServers.get().redisPort(), "PING")).isEqualTo("+PONG");
    }

    @Test
    void serversKeepTheirDataAcrossARestartAndLeaveNoProcess(@TempDir Path directory) throws Exception {
        ProcessHandle mariaDbProcess;
        ProcessHandle redisProcess;
        try (MariaDbServer mariaDb = MariaDbServer.start(directory.resolve("mariadb"), FreePort.find(), "shop");
                RedisServer redis = RedisServer.start(directory.resolve("redis"), FreePort.find())) {
            mariaDbProcess = mariaDb.process();
            redisProcess = redis.process();
            execute(mariaDb.jdbcUrl("shop"), "CREATE TABLE things AS SELECT 'kept' AS name");
            assertThat(ask(redis.port(), "SET thing kept")).isEqualTo("+OK");
        }
        assertThat(mariaDbProcess.isAlive()).isFalse();
        assertThat(redisProcess.isAlive()).isFalse();
        try (MariaDbServer mariaDb = MariaDbServer.start(directory.resolve("mariadb"), FreePort.find(), "shop");
                RedisServer redis = RedisServer.start(directory.resolve("redis"), FreePort.find())) {
            assertThat(oneRow(mariaDb.jdbcUrl("shop"), "SELECT name FROM things"))
                    .isEqualTo("kept");
            assertThat(ask(redis.port(), "GET thing")).isEqualTo("$4");
        }
    }

    @Test
    void aTakenPortIsSaidInOneSentence(@TempDir Path directory) throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> RedisServer.start(directory, taken.getLocalPort()))
                    .isInstanceOf(ServerStartException.class)
                    .hasMessageContaining("Redis cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void aServerThatEndsAtItsStartIsReportedWithTheEndOfItsLog(@TempDir Path directory) {
        assertThatThrownBy(() -> RedisServer.start(directory, FreePort.find(), "--no-such-setting", "1"))
                .isInstanceOf(ServerStartException.class)
                .hasMessageContaining("ended at its start with status 1")
                .hasMessageContaining("no-such-setting");
    }

    private static void execute(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, MariaDbServer.USER, MariaDbServer.PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String oneRow(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, MariaDbServer.USER, MariaDbServer.PASSWORD);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return String.valueOf(row.getString(1));
        }
    }

    private static String ask(int port, String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.substring(0, answer.indexOf('\r'));
        }
    }
}

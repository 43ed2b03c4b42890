package hooklatch.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis stands for any server: it is the quicker one to start. */
class ProcessRecordTest {

    @TempDir
    private Path directory;

    @Test
    void aServerWhoseParentHasEndedIsStoppedByTheNextStart() throws Exception {
        int port = FreePort.find();
        try (RedisServer left = RedisServer.start(directory, port)) {
            ProcessRecord.of(directory, "Redis").write(left.process(), endedProcess());
            try (RedisServer next = RedisServer.start(directory, port)) {
                assertThat(left.process().isAlive()).isFalse();
                assertThat(next.process().isAlive()).isTrue();
            }
        }
    }

    @Test
    void aServerWhoseParentLivesIsLeftAlone() {
        try (RedisServer running = RedisServer.start(directory, FreePort.find())) {
            assertThatThrownBy(() -> RedisServer.start(directory, FreePort.find()))
                    .isInstanceOf(ServerStartException.class)
                    .hasMessageContaining(
                            "in use by process " + running.process().pid());
            assertThat(running.process().isAlive()).isTrue();
        }
    }

    @Test
    void anEarlierServerOfTheSameJvmIsStoppedOnRequest() {
        try (RedisServer running = RedisServer.start(directory, FreePort.find())) {
            RedisServer.stopEarlier(directory);
            assertThat(running.process().isAlive()).isFalse();
        }
    }

    @Test
    void aProcessThatGotTheSameNumberLaterIsNotTakenForTheServer() throws Exception {
        try (RedisServer running = RedisServer.start(directory, FreePort.find())) {
            ProcessRecord record = ProcessRecord.of(directory, "Redis");
            assertThat(record.runningServer()).contains(running.process());
            replace("server.started", Instant.now().minus(1, ChronoUnit.HOURS).toString());
            assertThat(record.runningServer()).isEmpty();
        }
    }

    @Test
    void anotherProgramWithTheSameNumberIsNotTakenForTheServer() throws Exception {
        try (RedisServer running = RedisServer.start(directory, FreePort.find())) {
            replace("server.command", "/bin/something-else");
            assertThat(ProcessRecord.of(directory, "Redis").runningServer()).isEmpty();
            assertThat(running.process().isAlive()).isTrue();
        }
    }

    @Test
    void anOrderlyEndLeavesNoRecord() {
        RedisServer.start(directory, FreePort.find()).close();
        assertThat(directory.resolve("Redis.process")).doesNotExist();
    }

    @Test
    void aDamagedRecordIsReportedRatherThanGuessedAt() throws IOException {
        Files.writeString(directory.resolve("Redis.process"), "server.pid=many");
        assertThatThrownBy(() -> RedisServer.start(directory, FreePort.find()))
                .isInstanceOf(ServerStartException.class)
                .hasMessageContaining("is damaged");
    }

    private void replace(String name, String value) throws IOException {
        Path file = directory.resolve("Redis.process");
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        properties.setProperty(name, value);
        try (var writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
    }

    private static ProcessHandle endedProcess() throws Exception {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"), "-version")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).isZero();
        return process.toHandle();
    }
}

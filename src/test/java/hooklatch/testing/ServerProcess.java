package hooklatch.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The operating system process of a server, with its output in a file rather than in a pipe: a server whose parent was
 * killed keeps running and can be stopped by the next start.
 *
 * <p>Thread-safe.
 */
final class ServerProcess implements AutoCloseable {

    private static final Duration READY_WITHIN = Duration.ofSeconds(30);
    private static final Duration STOPPED_WITHIN = Duration.ofSeconds(20);
    private static final int LOG_LINES_IN_MESSAGES = 15;

    /** Answers whether the server serves, and that it is this server and not another one on the same port. */
    @FunctionalInterface
    interface Readiness {
        boolean serves(ProcessHandle process);
    }

    private final String name;
    private final Path log;
    private final ProcessRecord record;
    private final Process process;

    private ServerProcess(String name, Path log, ProcessRecord record, Process process) {
        this.name = name;
        this.log = log;
        this.record = record;
        this.process = process;
    }

    /**
     * Starts the command in the directory and returns when the server serves. A server that an ended process left
     * behind in the same directory is stopped before.
     *
     * @throws ServerStartException when the port is taken, the process ends, or it does not serve within 30 seconds
     */
    static ServerProcess start(
            String name,
            int port,
            List<String> command,
            Map<String, String> environment,
            Path directory,
            Readiness readiness) {
        Path log = directory.resolve(name + ".log").toAbsolutePath();
        ProcessRecord record = ProcessRecord.of(directory, name);
        try {
            record.stopAbandoned(STOPPED_WITHIN);
        } catch (IOException e) {
            throw new ServerStartException(name + " cannot be started: " + e.getMessage(), e);
        }
        FreePort.require(port, name, "Is another server there?");
        ProcessBuilder builder = new ProcessBuilder(outOfReachOfCtrlC(command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()));
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new ServerStartException(name + " cannot be started: " + e.getMessage(), e);
        }
        try {
            record.write(process.toHandle());
            process.getOutputStream().close();
            ServerProcess server = new ServerProcess(name, log, record, process);
            server.awaitReady(port, readiness);
            // A wrapper such as setsid has become the server by now.
            record.write(process.toHandle());
            return server;
        } catch (IOException e) {
            process.destroyForcibly();
            throw new ServerStartException(name + " cannot be started: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /**
     * Ctrl-C in a terminal goes to all processes of the group; a server should outlive the application that uses it and be
     * stopped by us. Where there is no such program (macOS, Windows) the server ends at once, which is orderly, too.
     */
    private static List<String> outOfReachOfCtrlC(List<String> command) {
        Optional<Path> setsid = ServerPrograms.onPath("setsid");
        if (setsid.isEmpty()) {
            return command;
        }
        List<String> wrapped = new ArrayList<>();
        wrapped.add(setsid.get().toString());
        wrapped.addAll(command);
        return wrapped;
    }

    /** Runs a command that is expected to end, such as an installation. */
    static void run(String name, List<String> command, Map<String, String> environment, Path directory, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new ServerStartException(name + " did not end within 2 minutes" + tail(log));
            }
            if (process.exitValue() != 0) {
                throw new ServerStartException(name + " ended with status " + process.exitValue() + tail(log));
            }
        } catch (IOException e) {
            throw new ServerStartException(name + " cannot be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerStartException(name + " was interrupted", e);
        }
    }

    /** Stops the recorded server when the process that started it has ended, or is this one. */
    static void stopEarlier(String name, Path directory) {
        try {
            ProcessRecord record = ProcessRecord.of(directory, name);
            Optional<ProcessHandle> earlier = record.runningServer();
            if (earlier.isPresent()
                    && record.runningParent()
                            .map(ProcessHandle.current()::equals)
                            .orElse(true)) {
                stop(earlier.get(), STOPPED_WITHIN);
                record.delete();
            }
        } catch (IOException e) {
            throw new ServerStartException("The earlier " + name + " cannot be stopped: " + e.getMessage(), e);
        }
    }

    private void awaitReady(int port, Readiness readiness) {
        long giveUpAt = System.nanoTime() + READY_WITHIN.toNanos();
        try {
            while (!readiness.serves(process.toHandle())) {
                if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new ServerStartException(name + " for 127.0.0.1:" + port + " ended at its start with status "
                            + process.exitValue() + tail(log));
                }
                if (System.nanoTime() - giveUpAt > 0) {
                    throw new ServerStartException(name + " did not serve on 127.0.0.1:" + port + " within "
                            + READY_WITHIN.toSeconds() + " s" + tail(log));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerStartException(name + " was interrupted at its start", e);
        }
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log, UTF_8);
            List<String> last = lines.subList(Math.max(0, lines.size() - LOG_LINES_IN_MESSAGES), lines.size());
            return ". The end of " + log + ":\n  " + String.join("\n  ", last);
        } catch (IOException e) {
            return ". Its log " + log + " cannot be read: " + e;
        }
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Asks the server to stop, waits for it, and kills it after 20 seconds. */
    @Override
    public void close() {
        stop(process.toHandle(), STOPPED_WITHIN);
        try {
            record.delete();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks a process to stop, waits for it, and kills it when it has not ended in time. */
    static void stop(ProcessHandle process, Duration within) {
        process.destroy();
        if (!endsWithin(process, within)) {
            process.destroyForcibly();
            if (!endsWithin(process, within)) {
                throw new IllegalStateException("Process " + process.pid() + " does not end, even when killed");
            }
        }
    }

    private static boolean endsWithin(ProcessHandle process, Duration within) {
        boolean interrupted = false;
        try {
            long giveUpAt = System.nanoTime() + within.toNanos();
            while (true) {
                try {
                    process.onExit().get(Math.max(1, giveUpAt - System.nanoTime()), TimeUnit.NANOSECONDS);
                    return true;
                } catch (TimeoutException e) {
                    return !process.isAlive();
                } catch (ExecutionException e) {
                    throw new IllegalStateException("Waiting for process " + process.pid() + " failed", e);
                } catch (InterruptedException e) {
                    // A half-stopped server is worse than a late one: remember, and go on waiting.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

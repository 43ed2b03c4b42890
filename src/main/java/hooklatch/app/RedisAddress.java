package hooklatch.app;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is, as {@code REDIS_URL} says it. Immutable; its text holds no password.
 *
 * @param servers of Redis, or of Sentinel: {@code redis://host:port} or {@code rediss://host:port}, without user and password
 * @param master by which Sentinel knows it; empty unless it is Sentinel
 * @param user null = Redis's default user
 * @param password null = none
 * @param database its number; 0 on a cluster, which has no others
 */
record RedisAddress(
        Kind kind,
        List<String> servers,
        String master,
        @Nullable String user,
        @Nullable String password,
        int database) {

    /** What stands behind the addresses. */
    enum Kind {
        /** One server. */
        SINGLE,
        /** Redis Cluster: some of its nodes, which know the others. */
        CLUSTER,
        /** Sentinels, which know the master. */
        SENTINEL
    }

    /** What is told in case that it cannot be read. */
    static final String FORMS =
            "must be redis://host:port or rediss://host:port, several of them with the same user and"
                    + " password and without a database, separated by commas, for a cluster, or sentinel://host:port,…/master";

    private static final Pattern SENTINEL = Pattern.compile(
            "sentinel://(?:(?<login>[^@/,]*)@)?(?<hosts>[^@/]+)/(?<master>[^/]+?)(?:/(?<database>\\d{1,5}))?/?");
    private static final Pattern SENTINEL_HOST = Pattern.compile("[^:\\[\\]]+:\\d{1,5}|\\[[^\\]]+]:\\d{1,5}");
    private static final Pattern DATABASE = Pattern.compile("/?|/(?<number>\\d{1,5})/?");

    RedisAddress {
        servers = List.copyOf(servers);
    }

    /** Empty when the text is none of {@link #FORMS}. */
    static Optional<RedisAddress> parse(String text) {
        try {
            return text.startsWith("sentinel://") ? sentinel(text) : servers(text);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static Optional<RedisAddress> sentinel(String text) throws URISyntaxException {
        Matcher parts = SENTINEL.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        List<String> servers = new ArrayList<>();
        for (String host : parts.group("hosts").split(",", -1)) {
            if (!SENTINEL_HOST.matcher(host.trim()).matches()) {
                return Optional.empty();
            }
            servers.add("redis://" + host.trim());
        }
        String login = parts.group("login");
        Login of = Login.of(login == null ? null : new URI("redis://" + login + "@x:1").getUserInfo());
        String database = parts.group("database");
        return Optional.of(new RedisAddress(
                Kind.SENTINEL,
                servers,
                parts.group("master"),
                of.user(),
                of.password(),
                database == null ? 0 : Integer.parseInt(database)));
    }

    private static Optional<RedisAddress> servers(String text) throws URISyntaxException {
        List<RedisAddress> all = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            Optional<RedisAddress> server = server(one.trim());
            if (server.isEmpty()) {
                return Optional.empty();
            }
            all.add(server.get());
        }
        RedisAddress first = all.get(0);
        if (all.size() == 1) {
            return Optional.of(first);
        }
        // Nodes tell each other's addresses and no passwords, so there can be one only.
        boolean fitTogether = all.stream().allMatch(server -> server.database() == 0 && server.hasLoginOf(first));
        return fitTogether
                ? Optional.of(new RedisAddress(
                        Kind.CLUSTER,
                        all.stream().map(server -> server.servers().get(0)).toList(),
                        "",
                        first.user(),
                        first.password(),
                        0))
                : Optional.empty();
    }

    private static Optional<RedisAddress> server(String text) throws URISyntaxException {
        URI uri = new URI(text);
        Matcher database = DATABASE.matcher(uri.getPath() == null ? "" : uri.getPath());
        boolean known = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
        boolean plain = uri.getQuery() == null && uri.getFragment() == null;
        if (!known || !plain || uri.getHost() == null || uri.getPort() <= 0 || !database.matches()) {
            return Optional.empty();
        }
        Login login = Login.of(uri.getUserInfo());
        String number = database.group("number");
        return Optional.of(new RedisAddress(
                Kind.SINGLE,
                List.of(uri.getScheme() + "://" + uri.getHost() + ":" + uri.getPort()),
                "",
                login.user(),
                login.password(),
                number == null ? 0 : Integer.parseInt(number)));
    }

    private boolean hasLoginOf(RedisAddress other) {
        return new Login(user, password).equals(new Login(other.user, other.password));
    }

    /** Never the password. */
    @Override
    public String toString() {
        return kind + " " + servers + (master.isEmpty() ? "" : " master " + master) + " database " + database;
    }

    private record Login(@Nullable String user, @Nullable String password) {

        /** {@code user:password}, {@code :password} or {@code user}, percent signs decoded. */
        static Login of(@Nullable String userInfo) {
            if (userInfo == null) {
                return new Login(null, null);
            }
            int colon = userInfo.indexOf(':');
            String user = colon < 0 ? userInfo : userInfo.substring(0, colon);
            String password = colon < 0 ? "" : userInfo.substring(colon + 1);
            return new Login(user.isEmpty() ? null : user, password.isEmpty() ? null : password);
        }
    }
}

package hooklatch.service;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import hooklatch.dao.Database;
import hooklatch.dao.SessionDao;
import hooklatch.domain.Deadline;
import hooklatch.domain.Session;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;

/**
 * Who is signed in. The truth is in MySQL, so that all nodes know the same sessions and none forgets them when it restarts;
 * each node remembers what it read for {@link #REMEMBERED}, and that long a session may outlive its end on the other nodes.
 * The token is known to the browser only: stored is its digest. Thread-safe.
 */
public final class Sessions {
    /** How long a node believes what it read. */
    public static final Duration REMEMBERED = Duration.ofSeconds(2);
    /** A session that nobody uses ends. A page that only refreshes itself is not use. */
    public static final Duration IDLE = Duration.ofHours(2);
    /** A session ends, used or not. */
    public static final Duration LONGEST = Duration.ofHours(12);

    private static final Duration SEEN_STEP = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final int SECRET_BYTES = 32;
    private static final int MAX_REMEMBERED = 10_000;
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{43}");

    private final Database database;
    private final SecureRandom random;
    private final Clock clock;
    private final SessionDao dao = new SessionDao();
    private final Cache<String, Session> remembered = Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(REMEMBERED)
            .build();

    public Sessions(Database database, SecureRandom random, Clock clock) {
        this.database = database;
        this.random = random;
        this.clock = clock;
    }

    /**
     * Begins a session, always with a new token.
     *
     * @return the token, for the browser's cookie
     */
    public String begin(Handle handle, long userId) {
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(randomBytes());
        Instant now = clock.instant();
        dao.insert(
                handle, Digest.sha256(token), userId, HexFormat.of().formatHex(randomBytes()), now, now.plus(LONGEST));
        return token;
    }

    /**
     * The session that the token belongs to.
     *
     * @param isUse whether a person asks, rather than a page that refreshes itself
     * @throws hooklatch.dao.StorageException when MySQL cannot be asked
     */
    public Optional<Session> find(String token, boolean isUse) {
        if (!TOKEN.matcher(token).matches()) {
            return Optional.empty();
        }
        String digest = Digest.sha256(token);
        Session known = remembered.getIfPresent(digest);
        Instant now = clock.instant();
        if (known != null && known.expiresAt().isAfter(now) && !(isUse && isSeenLongAgo(known, now))) {
            return Optional.of(known);
        }
        Optional<Session> found = database.inTransaction(Deadline.in(PATIENCE), handle -> {
            Optional<Session> session = dao.find(handle, digest, now, now.minus(IDLE));
            if (isUse && session.isPresent() && isSeenLongAgo(session.get(), now)) {
                dao.setSeen(handle, digest, now);
                return dao.find(handle, digest, now, now.minus(IDLE));
            }
            return session;
        });
        found.ifPresentOrElse(session -> remembered.put(digest, session), () -> remembered.invalidate(digest));
        return found;
    }

    private static boolean isSeenLongAgo(Session session, Instant now) {
        return session.seenAt().plus(SEEN_STEP).isBefore(now);
    }

    /** Ends the session; nothing happens when there is none. */
    public void end(Handle handle, Session session) {
        dao.delete(handle, session.tokenSha256());
    }

    /**
     * Ends all sessions of a user.
     *
     * @return how many
     */
    public int endAll(Handle handle, long userId) {
        return dao.deleteOfUser(handle, userId);
    }

    /**
     * Ends all sessions of a user but the given one.
     *
     * @return how many
     */
    public int endOthers(Handle handle, Session kept) {
        return dao.deleteOthersOfUser(handle, kept.userId(), kept.tokenSha256());
    }

    /**
     * Deletes a batch of sessions that are over.
     *
     * @return how many
     */
    int purge(Handle handle, int limit) {
        return dao.deleteExpired(handle, clock.instant(), limit);
    }

    /** How many sessions each user has. */
    Map<Long, Integer> countByUser(Handle handle) {
        Instant now = clock.instant();
        return dao.countByUser(handle, now, now.minus(IDLE));
    }

    /** To be called after the commit of whatever ended or changed sessions: this node reads them anew. */
    public void forget() {
        remembered.invalidateAll();
    }

    private byte[] randomBytes() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }
}

package hooklatch.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import hooklatch.dao.UserDao;
import hooklatch.domain.Actor;
import hooklatch.domain.Deadline;
import hooklatch.domain.Role;
import hooklatch.domain.Session;
import hooklatch.testing.SettableClock;
import hooklatch.testing.Shop;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who guesses is slowed down; nobody is locked out by a stranger. */
class SignInTest {
    private static final String PASSWORD = "correct horse battery";
    private static final String HOME = "192.0.2.1";

    private final Shop shop = new Shop(4);
    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:00:00Z"));
    private final SecureRandom random = new SecureRandom();
    private final Passwords passwords = new Passwords(random, 4);
    private final Audit audit = new Audit("node", clock);
    private final Sessions sessions = new Sessions(shop.database(), random, clock);
    private final Users users = new Users(shop.database(), sessions, passwords, audit, clock);
    private final SignIn signIn = new SignIn(shop.database(), sessions, passwords, audit, clock);

    @BeforeEach
    void createUser() {
        users.createFirstAdmin("ada", PASSWORD, false);
    }

    @AfterEach
    void close() {
        shop.close();
    }

    private SignIn.Outcome attempt(String password, String address) {
        return signIn.in("ada", password, address, null);
    }

    private String signedIn(String address) {
        return attempt(PASSWORD, address).match(SignIn.SignedIn::token, refused -> "", early -> "");
    }

    private static String address(int number) {
        return "198.51." + number / 250 + "." + number % 250;
    }

    @Test
    void anAddressThatGuessesWaitsLongerAndLonger() {
        for (int i = 0; i < 10; i++) {
            assertThat(signIn.in("user" + i, "x", HOME, null)).isInstanceOf(SignIn.Refused.class);
        }
        Duration waited = Duration.ZERO;
        for (int seconds : new int[] {1, 2, 4, 8, 16, 32}) {
            assertThat(attempt(PASSWORD, HOME)).isEqualTo(new SignIn.TooEarly(Duration.ofSeconds(seconds)));
            clock.advance(Duration.ofSeconds(seconds));
            waited = waited.plusSeconds(seconds);
            assertThat(signIn.in("somebody", "x", HOME, null)).isInstanceOf(SignIn.Refused.class);
        }
        assertThat(waited).isEqualTo(Duration.ofSeconds(63));
        assertThat(attempt(PASSWORD, "192.0.2.2")).isInstanceOf(SignIn.SignedIn.class);
    }

    @Test
    void hammeringWhileOneHasToWaitMakesNobodyWaitLonger() {
        for (int i = 0; i < 10; i++) {
            attempt("x", HOME);
        }
        for (int i = 0; i < 50; i++) {
            assertThat(attempt("x", HOME)).isInstanceOf(SignIn.TooEarly.class);
        }
        clock.advance(Duration.ofSeconds(1));
        assertThat(attempt(PASSWORD, HOME)).isInstanceOf(SignIn.SignedIn.class);
    }

    @Test
    void aNameThatIsGuessedFromManyAddressesWaitsTenSecondsAtMost() {
        for (int i = 0; i < 40; i++) {
            attempt("x", address(i));
            clock.advance(Duration.ofSeconds(10));
        }
        assertThat(attempt("x", address(1000))).isInstanceOf(SignIn.Refused.class);
        assertThat(attempt(PASSWORD, address(1001))).isEqualTo(new SignIn.TooEarly(Duration.ofSeconds(10)));
        clock.advance(Duration.ofSeconds(10));
        assertThat(attempt(PASSWORD, address(1001))).isInstanceOf(SignIn.SignedIn.class);
    }

    @Test
    void whoWaitsForTheNameDoesNotGetWaitsForTheAddress() {
        for (int i = 0; i < 40; i++) {
            attempt("x", address(i));
            clock.advance(Duration.ofSeconds(10));
        }
        assertThat(attempt("x", address(1000))).isInstanceOf(SignIn.Refused.class);
        for (int i = 0; i < 20; i++) {
            assertThat(attempt(PASSWORD, address(1001))).isEqualTo(new SignIn.TooEarly(Duration.ofSeconds(10)));
        }
        clock.advance(Duration.ofSeconds(10));
        assertThat(attempt(PASSWORD, address(1001))).isInstanceOf(SignIn.SignedIn.class);
    }

    @Test
    void aStrangerDoesNotDelayAUserWhereTheUserHasSignedInBefore() {
        assertThat(signedIn(HOME)).isNotEmpty();
        for (int i = 0; i < 200; i++) {
            attempt("x", address(i));
        }
        assertThat(attempt(PASSWORD, address(500))).isInstanceOf(SignIn.TooEarly.class);
        assertThat(signedIn(HOME)).isNotEmpty();
        for (int i = 0; i < 30; i++) {
            signIn.in("somebody", "x", HOME, null);
        }
        assertThat(signedIn(HOME)).as("others at the same address").isNotEmpty();
    }

    @Test
    void theNeighboursOfAnIpv6AddressShareItsWait() {
        for (int i = 0; i < 10; i++) {
            signIn.in("n" + i, "x", "2001:db8:1:2:0:0:0:" + i, null);
        }
        assertThat(attempt(PASSWORD, "2001:db8:1:2:ffff:0:0:1")).isInstanceOf(SignIn.TooEarly.class);
        assertThat(attempt(PASSWORD, "2001:db8:1:3:0:0:0:1")).isInstanceOf(SignIn.SignedIn.class);
    }

    /** Permits for hashing that tell how often one was asked for. */
    private static final class CountedPermits extends Semaphore {
        private static final long serialVersionUID = 1L;
        private final AtomicInteger asked = new AtomicInteger();

        CountedPermits(int permits) {
            super(permits);
        }

        @Override
        public boolean tryAcquire() {
            asked.incrementAndGet();
            return super.tryAcquire();
        }
    }

    private SignIn signInWith(Semaphore hashing) {
        return new SignIn(shop.database(), sessions, passwords, audit, clock, hashing);
    }

    @Test
    void anAddressThatHasToWaitTakesNoPlaceForHashing() {
        CountedPermits permits = new CountedPermits(2);
        SignIn node = signInWith(permits);
        for (int i = 0; i < 10; i++) {
            node.in("ada", "x", HOME, null);
        }
        assertThat(permits.asked).hasValue(10);

        for (int i = 0; i < 50; i++) {
            assertThat(node.in("ada", PASSWORD, HOME, null)).isEqualTo(new SignIn.TooEarly(Duration.ofSeconds(1)));
        }
        assertThat(permits.asked).hasValue(10);
        assertThat(permits.availablePermits()).isEqualTo(2);
    }

    @Test
    void anAttemptThatFindsNoPlaceForHashingCountsForNothing() {
        Semaphore permits = new Semaphore(0);
        SignIn node = signInWith(permits);
        for (int i = 0; i < 40; i++) {
            assertThat(node.in("ada", PASSWORD, HOME, null)).isEqualTo(new SignIn.TooEarly(Duration.ofSeconds(1)));
        }
        permits.release(2);
        for (int i = 0; i < 10; i++) {
            assertThat(node.in("nobody" + i, "x", HOME, null)).isInstanceOf(SignIn.Refused.class);
        }
        assertThat(permits.availablePermits()).isEqualTo(2);
        clock.advance(Duration.ofSeconds(1));
        assertThat(node.in("ada", PASSWORD, HOME, null)).isInstanceOf(SignIn.SignedIn.class);
        assertThat(permits.availablePermits()).isEqualTo(2);
    }

    @Test
    void theOrderOfTheChecksDoesNotTellWhoseNameExists() {
        List<List<SignIn.Outcome>> told = new ArrayList<>();
        for (String name : List.of("ada", "nobody")) {
            Semaphore permits = new Semaphore(0);
            SignIn node = signInWith(permits);
            List<SignIn.Outcome> outcomes = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                permits.drainPermits();
                permits.release(i % 3 == 0 ? 0 : 1);
                outcomes.add(node.in(name, "x", "203.0.113." + told.size(), null));
            }
            told.add(outcomes);
        }
        assertThat(told.get(0)).hasAtLeastOneElementOfType(SignIn.Refused.class).isEqualTo(told.get(1));
        assertThat(told.get(0).get(29)).isInstanceOf(SignIn.TooEarly.class);
    }

    @Test
    void oneAddressHasOneAttemptUnderWayAndTheOtherPlaceIsLeftToOthers() throws Exception {
        CountDownLatch underWay = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        SignIn node = signInWith(new Semaphore(2) {
            private static final long serialVersionUID = 1L;
            private final AtomicInteger asked = new AtomicInteger();

            @Override
            public boolean tryAcquire() {
                if (asked.getAndIncrement() == 0) {
                    underWay.countDown();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return super.tryAcquire();
            }
        });
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<SignIn.Outcome> slow = thread.submit(() -> node.in("ada", PASSWORD, HOME, null));
            underWay.await();
            for (int i = 0; i < 20; i++) {
                assertThat(node.in("user" + i, "x", HOME, null)).isEqualTo(new SignIn.TooEarly(Duration.ofSeconds(1)));
            }
            assertThat(node.in("ada", PASSWORD, address(1), null)).isInstanceOf(SignIn.SignedIn.class);
            goOn.countDown();
            assertThat(slow.get(20, TimeUnit.SECONDS)).isInstanceOf(SignIn.SignedIn.class);
        } finally {
            goOn.countDown();
            thread.shutdownNow();
        }
        assertThat(node.in("ada", PASSWORD, HOME, null)).isInstanceOf(SignIn.SignedIn.class);
    }

    /** Each node may hash two at a time; the count is in MySQL. */
    @Test
    void attemptsAtTheSameMomentOnSeveralNodesCountAsMany() throws Exception {
        List<SignIn> nodes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            nodes.add(new SignIn(shop.database(), sessions, passwords, audit, clock));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<SignIn.Outcome>> attempts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                SignIn node = nodes.get(i % nodes.size());
                attempts.add(() -> node.in("nobody", "x", HOME, null));
            }
            long looked = 0;
            for (Future<SignIn.Outcome> outcome : threads.invokeAll(attempts)) {
                looked += outcome.get() instanceof SignIn.Refused ? 1 : 0;
            }
            assertThat(looked).isLessThanOrEqualTo(10);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aSessionEndsByIdlenessAndByAge() {
        String token = signedIn(HOME);
        for (int i = 0; i < 11; i++) {
            clock.advance(Duration.ofHours(1));
            sessions.forget();
            assertThat(sessions.find(token, true)).isPresent();
        }
        clock.advance(Duration.ofMinutes(61));
        sessions.forget();
        assertThat(sessions.find(token, true)).as("after 12 hours").isEmpty();

        String idle = signedIn(HOME);
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofMinutes(41));
            sessions.forget();
            sessions.find(idle, false);
        }
        assertThat(sessions.find(idle, true))
                .as("a page that refreshes itself is no use")
                .isEmpty();
        assertThat(signIn.purge(100)).isPositive();
    }

    @Test
    void anAdminsResetStandsAgainstAChangeThatHadBegunBefore() throws Exception {
        Session session = sessions.find(signedIn(HOME), true).orElseThrow();
        String reset = passwords.hash("chosen by an admin");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Users.PasswordChange> change = shop.sql(handle -> {
                new UserDao().lineUp(handle);
                handle.execute("UPDATE dashboard_users SET password_hash = ? WHERE username = 'ada'", reset);
                Future<Users.PasswordChange> begun = thread.submit(() -> users.changeOwnPassword(
                        new Actor("ada", Role.ADMIN, HOME), session, PASSWORD, "chosen by ada herself"));
                // Counted in the transaction that reads the hash: from here on the old one is being checked.
                await().until(() -> shop.count("dashboard_sign_in_failures WHERE scope = 'known'") == 1);
                return begun;
            });
            assertThat(change.get(20, TimeUnit.SECONDS).change()).isEqualTo(Users.Change.WRONG_PASSWORD);
        } finally {
            thread.shutdownNow();
        }
        assertThat(shop.count("dashboard_users WHERE password_hash = '" + reset + "'"))
                .isEqualTo(1);
        assertThat(attempt("chosen by ada herself", HOME)).isInstanceOf(SignIn.Refused.class);
        assertThat(attempt("chosen by an admin", HOME)).isInstanceOf(SignIn.SignedIn.class);
    }

    @Test
    void theTokenItselfIsStoredNowhere() {
        String token = signedIn(HOME);
        Session session = sessions.find(token, true).orElseThrow();
        String stored = shop.database()
                .inTransaction(
                        Deadline.in(Duration.ofSeconds(10)),
                        handle -> handle.createQuery(
                                        "SELECT CONCAT(LOWER(HEX(token_sha256)), COUNT(*) OVER ()) FROM dashboard_sessions")
                                .mapTo(String.class)
                                .one());
        assertThat(stored).isEqualTo(session.tokenSha256() + "1").doesNotContain(token);
        assertThat(session.toString()).doesNotContain(session.csrfSecret());
    }

    @Test
    void severalNodesThatStartAtOnceCreateOneFirstAdmin() throws Exception {
        try (Shop empty = new Shop(8)) {
            Users fresh = new Users(empty.database(), sessions, passwords, audit, clock);
            ExecutorService nodes = Executors.newFixedThreadPool(6);
            try {
                List<Callable<Boolean>> starts = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    String name = i % 2 == 0 ? "ada" : "grace";
                    starts.add(() -> {
                        fresh.createFirstAdmin(name, PASSWORD, false);
                        return true;
                    });
                }
                for (Future<Boolean> start : nodes.invokeAll(starts)) {
                    assertThat(start.get()).isTrue();
                }
            } finally {
                nodes.shutdownNow();
            }
            assertThat(fresh.all()).hasSize(1);
        }
    }

    @Test
    void resettingTheFirstAdminLetsHimInAgainAndIsWrittenDown() {
        String token = signedIn(HOME);
        users.create(Actor.HOOKLATCH, "grace", PASSWORD, Role.ADMIN, null);
        long id = users.all().get(0).user().id();
        assertThat(users.disable(Actor.HOOKLATCH, id, "a test")).isEqualTo(Users.Change.DONE);
        assertThat(attempt(PASSWORD, HOME)).isInstanceOf(SignIn.Refused.class);
        users.createFirstAdmin("Ada", "another horse battery", true);
        assertThat(attempt("another horse battery", HOME)).isInstanceOf(SignIn.SignedIn.class);
        assertThat(sessions.find(token, true)).isEmpty();
        assertThat(new AuditQuery(shop.database())
                        .page(new hooklatch.dao.AuditDao.Filter(null, "user_reset", null, null, null), null, 10)
                        .entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.target()).isEqualTo("ada"));
    }

    @Test
    void theLastAdminStaysOne() {
        long ada = users.all().get(0).user().id();
        assertThat(users.setRole(Actor.HOOKLATCH, ada, Role.VIEWER, "a test")).isEqualTo(Users.Change.LAST_ADMIN);
        assertThat(users.disable(Actor.HOOKLATCH, ada, "a test")).isEqualTo(Users.Change.LAST_ADMIN);
        assertThat(users.create(Actor.HOOKLATCH, "grace", PASSWORD, Role.ADMIN, null))
                .isEqualTo(Users.Change.DONE);
        assertThat(users.create(Actor.HOOKLATCH, "grace", PASSWORD, Role.ADMIN, null))
                .isEqualTo(Users.Change.NAME_TAKEN);
        assertThat(users.setRole(Actor.HOOKLATCH, ada, Role.VIEWER, "a test")).isEqualTo(Users.Change.DONE);
    }

    @Test
    void weakPasswordsAreRefusedInWords() {
        assertThat(Passwords.problem("ada", "short")).contains("must have at least 8 characters");
        assertThat(Passwords.problem("ada", "x".repeat(73))).contains("must have at most 72 bytes");
        assertThat(Passwords.problem("ada", "Password123!")).isPresent();
        assertThat(Passwords.problem("administrator", "administrator1")).isPresent();
        assertThat(Passwords.problem("ada", "aaaaaaaaaaaa")).isPresent();
        assertThat(Passwords.problem("ada", "new\nline and more")).isPresent();
        assertThat(Passwords.problem("ada", PASSWORD)).isEmpty();
        String hash = passwords.hash(PASSWORD);
        assertThat(Passwords.isHash(hash)).isTrue();
        assertThat(passwords.hash(PASSWORD)).as("its own salt").isNotEqualTo(hash);
        assertThat(passwords.matches(PASSWORD, hash)).isTrue();
        assertThat(passwords.matches(PASSWORD + "x", hash)).isFalse();
        assertThat(passwords.matches(PASSWORD, null)).isFalse();
    }
}

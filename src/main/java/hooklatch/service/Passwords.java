package hooklatch.service;

import com.password4j.BcryptFunction;
import com.password4j.types.Bcrypt;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Passwords as bcrypt keeps them: salted, and slow on purpose. What bcrypt would silently ignore (all beyond 72 bytes) is
 * refused instead. Thread-safe.
 */
public final class Passwords {
    /** About a quarter of a second of one core. */
    public static final int COST = 12;

    private static final int MIN_CHARACTERS = 8;
    private static final int MAX_BYTES = 72;
    private static final int SALT_BYTES = 16;
    private static final String ALPHABET_ELSEWHERE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static final String ALPHABET_HERE = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final Pattern HASH = Pattern.compile("\\$2[aby]\\$(0[4-9]|1\\d|2\\d|3[01])\\$[./A-Za-z0-9]{53}");

    /** What everybody tries first, of at least {@value #MIN_CHARACTERS} characters, digits at the end aside. */
    private static final Set<String> COMMON = Set.of(
            "password",
            "passw0rd",
            "p@ssword",
            "p@ssw0rd",
            "qwertyui",
            "qwertyuiop",
            "asdfghjk",
            "asdfghjkl",
            "zxcvbnm",
            "iloveyou",
            "sunshine",
            "princess",
            "football",
            "baseball",
            "superman",
            "trustno",
            "letmein",
            "welcome",
            "admin",
            "administrator",
            "hooklatch",
            "webhook",
            "webhooks",
            "changeme",
            "change-me",
            "secret",
            "default",
            "qwerty",
            "abc",
            "abcd",
            "abcdef",
            "abcdefgh",
            "test",
            "testtest",
            "guest",
            "root",
            "master",
            "dragon",
            "monkey",
            "shadow",
            "michael",
            "computer",
            "starwars",
            "whatever",
            "dashboard",
            "operator",
            "viewer",
            "q1w2e3r4",
            "1q2w3e4r",
            "1qaz2wsx",
            "qazwsx",
            "pass",
            "login",
            "user",
            "");

    private final SecureRandom random;
    private final int cost;
    /** Of a password that nobody has: what is compared where there is no user. */
    private final String nobodys;

    public Passwords(SecureRandom random) {
        this(random, COST);
    }

    /** @param cost the binary logarithm of bcrypt's rounds */
    public Passwords(SecureRandom random, int cost) {
        this.random = random;
        this.cost = cost;
        byte[] unknown = new byte[SALT_BYTES];
        random.nextBytes(unknown);
        this.nobodys = bcrypt(unknown);
    }

    /** Why the password is refused, in a sentence that goes on after its subject; empty when it is good enough. */
    public static Optional<String> problem(String username, String password) {
        if (password.codePointCount(0, password.length()) < MIN_CHARACTERS) {
            return Optional.of("must have at least " + MIN_CHARACTERS + " characters");
        }
        Optional<String> unusable = unusable(password);
        if (unusable.isPresent()) {
            return unusable;
        }
        String plain = password.toLowerCase(Locale.ROOT);
        if (plain.contains(username.toLowerCase(Locale.ROOT)) && plain.length() < username.length() + MIN_CHARACTERS) {
            return Optional.of("must not be the user name with little else");
        }
        if (plain.chars().distinct().count() < 4 || COMMON.contains(plain.replaceFirst("[\\d!?.]+$", ""))) {
            return Optional.of("is among the first that anybody would guess");
        }
        return Optional.empty();
    }

    /** Why the password cannot be used at all, however good it is, in such a sentence; empty when it can. */
    public static Optional<String> unusable(String password) {
        if (password.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return Optional.of("must have at most " + MAX_BYTES + " bytes");
        }
        if (password.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("must not have control characters");
        }
        return Optional.empty();
    }

    /** Whether the text is a hash of bcrypt rather than a password. */
    public static boolean isHash(String text) {
        return HASH.matcher(text).matches();
    }

    /** A hash with a salt of its own. */
    public String hash(String password) {
        return bcrypt(password.getBytes(StandardCharsets.UTF_8));
    }

    private String bcrypt(byte[] password) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] setting = "$2b$%02d$%s".formatted(cost, base64(salt)).getBytes(StandardCharsets.US_ASCII);
        byte[] hash = BcryptFunction.getInstance(Bcrypt.B, cost)
                .hash(password, setting)
                .getResultAsBytes();
        return new String(hash, StandardCharsets.US_ASCII);
    }

    /** In the alphabet of bcrypt, which is another one than everybody's. */
    private static String base64(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (char c : Base64.getEncoder().withoutPadding().encodeToString(bytes).toCharArray()) {
            text.append(ALPHABET_HERE.charAt(ALPHABET_ELSEWHERE.indexOf(c)));
        }
        return text.toString();
    }

    /**
     * Whether the password is the one of the hash; takes as long when there is no hash.
     *
     * @param hash null = of nobody, then false
     */
    public boolean matches(String password, @Nullable String hash) {
        byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        String compared = hash == null ? nobodys : hash;
        boolean same =
                BcryptFunction.getInstanceFromHash(compared).check(bytes, compared.getBytes(StandardCharsets.UTF_8));
        return same && hash != null && bytes.length <= MAX_BYTES;
    }
}

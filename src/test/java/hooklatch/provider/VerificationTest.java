package hooklatch.provider;

import static hooklatch.provider.Deliveries.headers;
import static hooklatch.provider.Deliveries.payload;
import static hooklatch.provider.Deliveries.razorpay;
import static hooklatch.provider.Deliveries.repeated;
import static hooklatch.provider.Deliveries.settings;
import static hooklatch.provider.Deliveries.standard;
import static hooklatch.provider.Deliveries.stripe;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.Payload;
import hooklatch.provider.Provider.Verification;
import hooklatch.testing.Signer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationTest {
    private static final Payload BODY = payload("{\"id\":\"evt_1\"}");
    private static final Verification VALID = new Verification.Valid();
    private static final Verification MISSING = new Verification.Missing();

    static Stream<Vectors.Vector> stripeVectors() {
        return Vectors.of("stripe");
    }

    static Stream<Vectors.Vector> razorpayVectors() {
        return Vectors.of("razorpay");
    }

    static Stream<Vectors.Vector> standardVectors() {
        return Vectors.of("standard-webhooks");
    }

    @Test
    void everyVectorIsTried() {
        assertThat(stripeVectors()).hasSize(37);
        assertThat(razorpayVectors()).hasSize(14);
        assertThat(standardVectors()).hasSize(15);
    }

    @ParameterizedTest
    @MethodSource("stripeVectors")
    void stripeVectorGivesItsAnswer(Vectors.Vector vector) {
        assertAnswer(new Stripe(vector.settings(), null), vector);
    }

    @ParameterizedTest
    @MethodSource("razorpayVectors")
    void razorpayVectorGivesItsAnswer(Vectors.Vector vector) {
        assertAnswer(new Razorpay(vector.settings()), vector);
    }

    @ParameterizedTest
    @MethodSource("standardVectors")
    void standardVectorGivesItsAnswer(Vectors.Vector vector) {
        assertAnswer(new StandardWebhooks(vector.settings()), vector);
    }

    private static void assertAnswer(Provider provider, Vectors.Vector vector) {
        assertThat(vector.payload().sha256Hex()).isEqualTo(vector.bodySha256());
        Verification answer = provider.verify(vector.payload(), headers(vector.headers()));
        if (vector.accept()) {
            assertThat(answer).isEqualTo(VALID);
        } else {
            assertThat(answer).isInstanceOfAny(Verification.Missing.class, Verification.Invalid.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-SA-u-nu-arab", "tr-TR", "hi-IN-u-nu-deva"})
    void signaturesDoNotDependOnTheDefaultLocale(String tag) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(tag));
        try {
            // The locale is one in which a number printed carelessly has other digits, or letters other cases.
            assertThat(String.format("%d", 1L).equals("1")
                            && "i".toUpperCase(Locale.getDefault()).equals("I"))
                    .isFalse();
            stripeVectors().forEach(vector -> assertAnswer(new Stripe(vector.settings(), null), vector));
            razorpayVectors().forEach(vector -> assertAnswer(new Razorpay(vector.settings()), vector));
            standardVectors().forEach(vector -> assertAnswer(new StandardWebhooks(vector.settings()), vector));
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-300, ",
        "-301, timestamp_too_old",
        "0, ",
        "300, ",
        "301, timestamp_in_future",
    })
    void bothEndsOfTheToleranceBelongToIt(long offset, @Nullable String cause) {
        Verification expected = cause == null ? VALID : new Verification.Invalid(cause);
        Instant at = Deliveries.NOW.plusSeconds(offset);
        assertThat(stripe().verify(BODY, headers(Signer.stripe("whsec_dev", BODY.bytes(), at))))
                .isEqualTo(expected);
        assertThat(standard()
                        .verify(BODY, headers(Signer.standard(Deliveries.STANDARD_SECRET, "m1", BODY.bytes(), at))))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "t=1793000012                          | no_supported_signature",
                "v1=aa                                 | malformed_timestamp",
                "t=,v1=aa                              | malformed_timestamp",
                "t=+1793000012,v1=aa                   | malformed_timestamp",
                "t=-1793000012,v1=aa                   | malformed_timestamp",
                "t=١٧٩٣٠٠٠٠١٢,v1=aa                    | malformed_timestamp",
                "t=99999999999999999999,v1=aa          | malformed_timestamp",
                "t=1793000012,t=1793000012,v1=aa       | several_timestamps",
                "t,v1=aa                               | malformed_header",
                "t=1793000012,v1=aa,v1                 | malformed_header",
                "garbage                               | malformed_header",
                "t=1793000012, v1=aa                   | no_supported_signature",
                "t=1793000012,V1=aa                    | no_supported_signature",
                "t=1793000012,v1=aa                    | signature_mismatch",
            })
    void malformedStripeHeaderNamesItsCause(String header, String cause) {
        assertThat(stripe().verify(BODY, repeated("stripe-signature", header)))
                .isEqualTo(new Verification.Invalid(cause));
    }

    @Test
    void absentAndEmptySignaturesAreMissing() {
        for (Provider provider : List.of(stripe(), razorpay(), standard())) {
            assertThat(provider.verify(BODY, name -> List.of())).isEqualTo(MISSING);
            assertThat(provider.verify(BODY, name -> List.of(""))).isEqualTo(MISSING);
            assertThat(provider.verify(BODY, name -> List.of(" \t", ""))).isEqualTo(MISSING);
        }
    }

    @Test
    void standardSignatureWithoutIdOrTimeIsInvalidAndNotMissing() {
        for (String absent : List.of("webhook-id", "webhook-timestamp")) {
            Map<String, String> headers =
                    new HashMap<>(Signer.standard(Deliveries.STANDARD_SECRET, "m1", BODY.bytes(), Deliveries.NOW));
            assertThat(standard().verify(BODY, headers(headers))).isEqualTo(VALID);
            headers.put(absent, "");
            assertThat(standard().verify(BODY, headers(headers))).isInstanceOf(Verification.Invalid.class);
            headers.remove(absent);
            assertThat(standard().verify(BODY, headers(headers))).isInstanceOf(Verification.Invalid.class);
        }
    }

    @Test
    void repeatedStripeHeadersAreOneList() {
        String whole = stripeHeader("whsec_dev", Deliveries.NOW);
        String[] parts = whole.split(",", -1);
        assertThat(stripe().verify(BODY, repeated("Stripe-Signature", parts[0], parts[1])))
                .isEqualTo(VALID);
        assertThat(stripe().verify(BODY, repeated("Stripe-Signature", whole, whole)))
                .isEqualTo(VALID);
        assertThat(stripe().verify(BODY, repeated("Stripe-Signature", whole, "t=1793000011,v1=aa")))
                .isEqualTo(new Verification.Invalid("several_timestamps"));
    }

    @Test
    void repeatedOrJoinedRazorpaySignaturesNeedOneThatIsRight() {
        String right = Signer.razorpay("rzp_dev", BODY.bytes(), "e").get("X-Razorpay-Signature") + "";
        assertThat(razorpay().verify(BODY, repeated("x-razorpay-signature", "aa", right)))
                .isEqualTo(VALID);
        assertThat(razorpay().verify(BODY, repeated("x-razorpay-signature", "aa, " + right)))
                .isEqualTo(VALID);
        assertThat(razorpay().verify(BODY, repeated("x-razorpay-signature", "aa", "bb")))
                .isEqualTo(new Verification.Invalid("signature_mismatch"));
    }

    @Test
    void anySignatureMayMatchAnySecret() {
        Stripe rotating = new Stripe(settings("whsec_new", "whsec_old"), null);
        String time = "t=" + Deliveries.NOW.getEpochSecond() + ",";
        String old = stripeHeader("whsec_old", Deliveries.NOW).substring(time.length());
        String other = stripeHeader("whsec_other", Deliveries.NOW).substring(time.length());
        assertThat(rotating.verify(BODY, repeated("Stripe-Signature", time + other + "," + old)))
                .isEqualTo(VALID);
        assertThat(rotating.verify(BODY, repeated("Stripe-Signature", time + other)))
                .isEqualTo(new Verification.Invalid("signature_mismatch"));
    }

    @Test
    void signaturesBeyondTheCapAreNotLookedAt() {
        String right = stripeHeader("whsec_dev", Deliveries.NOW);
        String time = right.substring(0, right.indexOf(','));
        String signature = right.substring(right.indexOf(',') + 1);
        assertThat(stripe().verify(BODY, repeated("Stripe-Signature", time + ",v1=0".repeat(15) + "," + signature)))
                .isEqualTo(VALID);
        assertThat(stripe().verify(BODY, repeated("Stripe-Signature", time + ",v1=0".repeat(16) + "," + signature)))
                .isEqualTo(new Verification.Invalid("signature_mismatch"));
    }

    @Test
    void oneProviderServesManyThreads() throws Exception {
        Stripe shared = stripe();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Verification>> calls = new ArrayList<>();
            for (int i = 0; i < 800; i++) {
                Payload body = payload("{\"id\":\"evt_" + i + "\"}");
                String secret = i % 2 == 0 ? "whsec_dev" : "whsec_other";
                calls.add(() -> shared.verify(body, headers(Signer.stripe(secret, body.bytes(), Deliveries.NOW))));
            }
            List<Verification> answers = new ArrayList<>();
            for (var answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i))
                        .isEqualTo(i % 2 == 0 ? VALID : new Verification.Invalid("signature_mismatch"));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Shorter than any of the MACs, and long enough not to come about by chance. */
    private static final int MAC_TAIL = 20;

    @Test
    void noHeaderMakesVerificationThrow() {
        long seed = new Random().nextLong();
        System.out.println("noHeaderMakesVerificationThrow: seed " + seed);
        Random random = new Random(seed);
        List<Provider> providers = List.of(stripe(), razorpay(), standard());
        List<String> right = List.of(
                stripeHeader("whsec_dev", Deliveries.NOW),
                Signer.razorpay("rzp_dev", BODY.bytes(), "e").get("X-Razorpay-Signature") + "",
                Signer.standard(Deliveries.STANDARD_SECRET, "m1", BODY.bytes(), Deliveries.NOW)
                                .get("webhook-signature")
                        + "");
        for (int i = 0; i < 10_000; i++) {
            int which = random.nextInt(providers.size());
            String signature = right.get(which);
            String mangled = mangle(signature, random);
            if (mangled.contains(signature.substring(signature.length() - MAC_TAIL))) {
                // By chance the MAC is whole again, and then it may be accepted.
                continue;
            }
            List<String> times = List.of(mangle("1793000012", random));
            Headers headers = name -> name.equals("webhook-id")
                    ? List.of("m2")
                    : name.equals("webhook-timestamp") ? times : List.of(mangled);
            assertThat(providers.get(which).verify(BODY, headers))
                    .as("seed %d, header %s", seed, mangled)
                    .isInstanceOfAny(Verification.Missing.class, Verification.Invalid.class);
        }
    }

    /** Replaces, drops or inserts characters in the part that is signed. */
    private static String mangle(String text, Random random) {
        String alphabet = "t=v1,, \t;.0123456789abcdefABCDEF+-/\u0000\u00e9\u0661\ud83d\uffff";
        StringBuilder mangled = new StringBuilder(text);
        // The last character of each header belongs to its MAC: taking it away makes the signature wrong.
        mangled.setLength(mangled.length() - 1);
        IntStream.range(0, 1 + random.nextInt(8)).forEach(step -> {
            int at = random.nextInt(mangled.length() + 1);
            char c = alphabet.charAt(random.nextInt(alphabet.length()));
            if (at == mangled.length()) {
                mangled.append('!');
            } else if (random.nextBoolean()) {
                mangled.setCharAt(at, c);
            } else if (random.nextBoolean()) {
                mangled.insert(at, c);
            } else {
                mangled.deleteCharAt(at);
            }
        });
        return mangled.toString();
    }

    private static String stripeHeader(String secret, Instant at) {
        return Signer.stripe(secret, BODY.bytes(), at).get("Stripe-Signature") + "";
    }
}

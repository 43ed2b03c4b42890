package hooklatch.provider;

import static hooklatch.provider.Deliveries.eventId;
import static hooklatch.provider.Deliveries.payload;
import static hooklatch.provider.Deliveries.razorpay;
import static hooklatch.provider.Deliveries.repeated;
import static hooklatch.provider.Deliveries.standard;
import static hooklatch.provider.Deliveries.stripe;
import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.domain.EventKey;
import hooklatch.domain.Payload;
import hooklatch.provider.Provider.Reading;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which bodies are read, and by which id. */
class BodyTest {
    private static final String GOOD = "{\"id\":\"evt_1\",\"type\":\"x\"}";

    @Test
    void oneByteOrderMarkIsSkipped() {
        assertThat(Deliveries.event(stripe(), payload("\uFEFF" + GOOD)).type()).isEqualTo("x");
        assertMalformed(payload("\uFEFF\uFEFF" + GOOD), "invalid_json");
        assertMalformed(payload("\uFEFF"), "invalid_json");
    }

    @Test
    void anExponentThatNoNumberHasIsMalformed() {
        assertMalformed(payload("{\"id\":\"evt_1\",\"x\":1e99999999999}"), "invalid_json");
        assertMalformed(payload("{\"id\":\"evt_1\",\"x\":0.1e-99999999999}"), "invalid_json");
    }

    @Test
    void blanksAroundTheObjectAreAllowed() {
        assertThat(Deliveries.event(stripe(), payload(" \r\n\t" + GOOD + "\n")).type())
                .isEqualTo("x");
    }

    /** Also where a parser of bytes would guess the encoding, or would not look closely inside strings. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ff", // never a byte of UTF-8
                "80", // a continuation without a start
                "c3", // a start without its continuation
                "c0af", // an overlong slash
                "e080af",
                "f08080af",
                "c080", // an overlong NUL
                "eda080", // a surrogate
                "edb080",
                "eda081edb081", // a surrogate pair, as CESU-8 spells it
                "f4908080", // beyond Unicode
                "f8a1a1a1a1",
            })
    void bytesThatAreNotUtf8AreRefusedInsideStringsToo(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        for (String prefix : List.of("{\"id\":\"evt_1\",\"a\":\"", "{\"id\":\"evt_1\",\"", "{\"id\":\"evt_1\"}", "")) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.writeBytes(prefix.getBytes(StandardCharsets.US_ASCII));
            body.writeBytes(bytes);
            body.writeBytes("\"}".getBytes(StandardCharsets.US_ASCII));
            assertMalformed(new Payload(body.toByteArray()), "not_utf8");
        }
    }

    @Test
    void bodyOfTheVectorWithInvalidUtf8IsMalformed() {
        assertMalformed(new Payload(Base64.getDecoder().decode("eyJhIjoi/yJ9")), "not_utf8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32BE", "UTF-32LE"})
    void otherEncodingsAreNotGuessed(String charset) {
        Charset other = Charset.forName(charset);
        assertThat(stripe().read(new Payload(GOOD.getBytes(other)), eventId("e")))
                .isInstanceOf(Reading.Malformed.class);
        assertThat(stripe().read(new Payload(("\uFEFF" + GOOD).getBytes(other)), eventId("e")))
                .isInstanceOf(Reading.Malformed.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                     | invalid_json",
                "`   `                                  | invalid_json",
                "not json                               | invalid_json",
                "{\"id\":\"evt_1\"                      | invalid_json",
                "{\"id\":\"evt_1\",}                    | invalid_json",
                "{'id':'evt_1'}                         | invalid_json",
                "{\"id\":\"evt_1\"} {}                  | invalid_json",
                "{\"id\":\"evt_1\"}x                    | invalid_json",
                "{\"id\":\"evt_1\",\"id\":\"evt_2\"}    | invalid_json",
                "{\"id\":\"evt_1\",\"\\u0069d\":\"e\"}  | invalid_json",
                "{\"id\":\"e\",\"a\":{\"b\":1,\"b\":1}} | invalid_json",
                "{\"id\":\"evt_1\",\"a\":NaN}           | invalid_json",
                "{\"id\":\"evt_1\",\"a\":01}            | invalid_json",
                "[{\"id\":\"evt_1\"}]                   | not_an_object",
                "null                                   | not_an_object",
                "true                                   | not_an_object",
                "\"evt_1\"                              | not_an_object",
                "17                                     | not_an_object",
            })
    void whatIsNotOneJsonObjectIsMalformed(String body, String cause) {
        assertMalformed(payload(body), cause);
    }

    @Test
    void controlCharactersInStringsMustBeEscaped() {
        assertMalformed(payload("{\"id\":\"evt_1\",\"a\":\"\n\"}"), "invalid_json");
        assertMalformed(payload("{\"id\":\"evt_1\"}\u0000"), "invalid_json");
    }

    @Test
    void nestingIsLimited() {
        // The object around it is one level itself.
        assertThat(stripe().read(payload(nested(JsonBody.MAX_DEPTH - 1)), eventId("e")))
                .isInstanceOf(Reading.Event.class);
        assertMalformed(payload(nested(JsonBody.MAX_DEPTH)), "json_limit_exceeded");
        assertMalformed(payload(nested(1000)), "json_limit_exceeded");
        assertMalformed(payload("[".repeat(100_000)), "json_limit_exceeded");
    }

    @Test
    void numbersStringsAndNamesAreLimited() {
        assertThat(stripe().read(payload(withMember("a", "9".repeat(20))), eventId("e")))
                .isInstanceOf(Reading.Event.class);
        assertMalformed(payload(withMember("a", "9".repeat(JsonBody.MAX_NUMBER_LENGTH + 1))), "json_limit_exceeded");
        String longest = "\"" + "x".repeat(JsonBody.MAX_STRING_LENGTH);
        assertThat(stripe().read(payload(withMember("a", longest + "\"")), eventId("e")))
                .isInstanceOf(Reading.Event.class);
        assertMalformed(payload(withMember("a", longest + "x\"")), "json_limit_exceeded");
        assertMalformed(payload(withMember("n".repeat(JsonBody.MAX_NAME_LENGTH + 1), "1")), "json_limit_exceeded");
    }

    @Test
    void everyProviderReadsStrictly() {
        for (Provider provider : List.of(stripe(), razorpay(), standard())) {
            assertThat(provider.read(payload("[]"), eventId("e"))).isEqualTo(new Reading.Malformed("not_an_object"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"id\":null}", "{\"id\":\"\"}"})
    void stripeBodyWithoutIdIsMissingIt(String body) {
        assertThat(stripe().read(payload(body), eventId("e"))).isEqualTo(new Reading.MissingId());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "17",
                "true",
                "{}",
                "{\"a\":1}",
                "[]",
                "[\"evt_1\"]",
                "\" \"",
                "\" evt_1\"",
                "\"evt_1\\n\"",
                "\"evt\\r\\nX: y\"",
                "\"evt_\\u0000\"",
                "\"evt_\\u007f\"",
                "\"evt_é\"",
                "\"evt_\\ud83d\"",
            })
    void stripeIdThatIsNoIdIsInvalid(String id) {
        assertThat(stripe().read(payload("{\"id\":" + id + "}"), eventId("e"))).isEqualTo(new Reading.InvalidId());
    }

    @Test
    void idsMayHave255CharactersAndNotMore() {
        String longest = "e".repeat(255);
        assertThat(Deliveries.event(stripe(), payload("{\"id\":\"" + longest + "\"}"))
                        .key()
                        .eventId())
                .isEqualTo(longest);
        assertThat(stripe().read(payload("{\"id\":\"e" + longest + "\"}"), eventId("e")))
                .isEqualTo(new Reading.InvalidId());
        for (Provider provider : List.of(razorpay(), standard())) {
            assertThat(provider.read(payload("{}"), eventId(longest))).isInstanceOf(Reading.Event.class);
            assertThat(provider.read(payload("{}"), eventId("e" + longest))).isEqualTo(new Reading.InvalidId());
            assertThat(provider.read(payload("{}"), eventId("e\r\nX: y"))).isEqualTo(new Reading.InvalidId());
            assertThat(provider.read(payload("{}"), eventId("e\r\n"))).isEqualTo(new Reading.InvalidId());
            assertThat(provider.read(payload("{}"), eventId("e\u0000"))).isEqualTo(new Reading.InvalidId());
        }
    }

    @Test
    void standardIdIsNeededAndOnlyOne() {
        assertThat(standard().read(payload("{}"), name -> List.of())).isEqualTo(new Reading.MissingId());
        assertThat(standard().read(payload("{}"), eventId(" "))).isEqualTo(new Reading.MissingId());
        assertThat(standard().read(payload("{}"), repeated("webhook-id", "a", "b")))
                .isEqualTo(new Reading.InvalidId());
        assertThat(standard().read(payload("{}"), repeated("webhook-id", "a", "a")))
                .isInstanceOf(Reading.Event.class);
    }

    @Test
    void razorpayBodyWithoutIdHeaderIsKnownByItsHash() {
        String expected = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        for (Headers none : List.<Headers>of(name -> List.of(), eventId(""), eventId(" "))) {
            Reading reading = razorpay().read(payload("{}"), none);
            assertThat(reading).isInstanceOf(Reading.Event.class);
            assertThat(((Reading.Event) reading).event().key().eventId()).isEqualTo(expected);
            assertThat(((Reading.Event) reading).event().identifiedByBody()).isTrue();
        }
        assertThat(razorpay().read(payload("{}"), repeated("X-Razorpay-Event-Id", "a", "b")))
                .isEqualTo(new Reading.InvalidId());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"e\"}",
                "{\"id\":\"e\",\"type\":null}",
                "{\"id\":\"e\",\"type\":17}",
                "{\"id\":\"e\",\"type\":\"\"}",
                "{\"id\":\"e\",\"type\":{\"a\":1}}"
            })
    void typeThatIsNoTextIsUnknown(String body) {
        for (Provider provider : List.of(stripe(), razorpay(), standard())) {
            assertThat(Deliveries.event(provider, payload(body)).type()).isEqualTo("unknown");
        }
    }

    @Test
    void longTypeIsCutBetweenCharacters() {
        assertThat(typeOf("x".repeat(300))).isEqualTo("x".repeat(255));
        assertThat(typeOf("x".repeat(254) + "🍵")).isEqualTo("x".repeat(254));
        assertThat(typeOf("x\\ud83d")).isEqualTo("x\uFFFD");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "none",
            value = {
                "1793000002                    | 2026-10-26T07:33:22Z",
                "0                             | 1970-01-01T00:00:00Z",
                "253402300799                  | 9999-12-31T23:59:59Z",
                "\"2026-10-26T09:33:20+02:00\" | 2026-10-26T07:33:20Z",
                "-1                            | none",
                "253402300800                  | none",
                "9223372036854775807           | none",
                "99999999999999999999          | none",
                "1793000002.5                  | none",
                "1e400                         | none",
                "\"1793000002\"                | none",
                "\"2026-13-26T09:33:20Z\"      | none",
                "\"2026-10-26\"                | none",
                "\"+999999999-12-31T23:59:59-18:00\" | none",
                "null                          | none",
                "{}                            | none",
            })
    void timeIsReadWhereItIsOne(String created, @Nullable Instant expected) {
        assertThat(Deliveries.event(stripe(), payload("{\"id\":\"e\",\"created\":" + created + "}"))
                        .createdAt())
                .isEqualTo(expected);
        assertThat(Deliveries.event(razorpay(), payload("{\"created_at\":" + created + "}"))
                        .createdAt())
                .isEqualTo(expected);
        assertThat(Deliveries.event(standard(), payload("{\"timestamp\":" + created + "}"))
                        .createdAt())
                .isEqualTo(expected);
    }

    /** What the whole body would be refused for is not looked at: the key is only believed of a body that was read before. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'id':'evt_1'}                                         | evt_1",
                "{'data':{'id':'pi_1'},'list':[{'id':'x'}],'id':'evt_1'} | evt_1",
                "{'id':'evt_1','id':'evt_2'}                            | evt_1",
                "{'id':'evt_1', and nobody reads on                     | evt_1",
                "{'id':'evt_1 '}                                        |",
                "{'id':7}                                               |",
                "{'id':null}                                            |",
                "{'id':{'id':'evt_1'}}                                  |",
                "{'data':{'id':'pi_1'}}                                 |",
                "[{'id':'evt_1'}]                                       |",
                "{'data':{'id'                                          |",
                "nothing                                                |",
            })
    void theKeyOfAStripeBodyIsToldByItsFirstId(String body, @Nullable String id) {
        assertThat(stripe().likelyKey(payload(body.replace('\'', '"')), name -> List.of()))
                .isEqualTo(Optional.ofNullable(id).map(found -> new EventKey("stripe", found)));
    }

    @Test
    void theLikelyKeyIsTheOneThatReadingFinds() {
        for (Provider provider : List.of(stripe(), razorpay(), standard())) {
            assertThat(provider.likelyKey(payload(GOOD), eventId("evt_1")))
                    .as(provider.name())
                    .contains(((Reading.Event) provider.read(payload(GOOD), eventId("evt_1")))
                            .event()
                            .key());
        }
        // Razorpay's would be made of the whole body, and several are none.
        assertThat(razorpay().likelyKey(payload(GOOD), name -> List.of())).isEmpty();
        assertThat(razorpay().likelyKey(payload(GOOD), repeated("X-Razorpay-Event-Id", "a", "b")))
                .isEmpty();
        assertThat(standard().likelyKey(payload(GOOD), repeated("webhook-id", "a", "b")))
                .isEmpty();
    }

    private static String typeOf(String type) {
        return Deliveries.event(stripe(), payload("{\"id\":\"e\",\"type\":\"" + type + "\"}"))
                .type();
    }

    private static String nested(int depth) {
        return withMember("a", "[".repeat(depth) + "]".repeat(depth));
    }

    private static String withMember(String name, String value) {
        return "{\"id\":\"evt_1\",\"" + name + "\":" + value + "}";
    }

    private static void assertMalformed(Payload body, String cause) {
        assertThat(stripe().read(body, eventId("e"))).isEqualTo(new Reading.Malformed(cause));
    }
}

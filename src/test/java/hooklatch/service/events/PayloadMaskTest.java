package hooklatch.service.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hooklatch.testing.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Personal data in payloads: hidden by name and by look, and nothing else. */
class PayloadMaskTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static String masked(String body) {
        return PayloadMask.masked(body.getBytes(UTF_8)).orElseThrow();
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(json, e);
        }
    }

    private static String valueOf(String field, String json) {
        return tree(masked("{\"" + field + "\": " + json + "}")).path(field).asText();
    }

    @ParameterizedTest
    @CsvSource({
        "receipt_email, e-mail",
        "email, e-mail",
        "customerEmail, e-mail",
        "contact, phone",
        "phone, phone",
        "customer_phone, phone",
        "mobile, phone",
        "vpa, VPA",
        "upi_id, VPA",
        "name, name",
        "customer_name, name",
        "card_holder, name",
        "cardholderName, name",
        "address, address",
        "line1, address",
        "postal_code, address",
        "shippingAddress, address",
        "last4, card",
        "exp_month, card",
        "number, card",
        "card_number, card",
        "account_number, bank account",
        "iban, bank account",
        "tax_id, identity",
        "ip, network address",
        "client_secret, secret",
        "password, secret"
    })
    void aFieldThatSpeaksOfAPersonIsHidden(String field, String kind) {
        assertThat(valueOf(field, "\"something\"")).isEqualTo("[masked: " + kind + "]");
        assertThat(valueOf(field, "1234")).isEqualTo("[masked: " + kind + "]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id",
                "order_id",
                "payment_id",
                "card_id",
                "token_id",
                "amount",
                "currency",
                "status",
                "type",
                "created",
                "tax",
                "description",
                "payer_account_type",
                "invoice_number",
                "international",
                "method"
            })
    void whatTellsOfThingsStays(String field) {
        assertThat(valueOf(field, "\"something\"")).isEqualTo("something");
        assertThat(valueOf(field, "1793000000")).isEqualTo("1793000000");
    }

    @Test
    void everythingInAnObjectThatSpeaksOfAPersonIsHidden() {
        JsonNode tree = tree(masked("{\"address\":{\"state\":\"KA\",\"geo\":[{\"lat\":12.97}],\"verified\":true,"
                + "\"unit\":null,\"note\":\"\"},\"state\":\"open\"}"));
        assertThat(tree.at("/address/state").asText()).isEqualTo("[masked: address]");
        assertThat(tree.at("/address/geo/0/lat").asText()).isEqualTo("[masked: address]");
        assertThat(tree.at("/address/verified").booleanValue()).isTrue();
        assertThat(tree.at("/address/unit").isNull()).isTrue();
        assertThat(tree.at("/address/note").asText()).isEmpty();
        assertThat(tree.at("/state").asText()).as("after it").isEqualTo("open");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "write to jane.doe+x@example.co.uk, please | write to [masked: e-mail], please",
                "buyer@okhdfcbank | [masked: e-mail]",
                "https://shop.example/?mail=a%40b.example&x=1 | https://shop.example/?mail=[masked: e-mail]&x=1",
                "call +91 90000 00001 now | call [masked: phone] now",
                "+1 (415) 555-0132 | [masked: phone]",
                "9000000001 | [masked: phone]",
                "card 4242 4242 4242 4242 declined | card [masked: card] declined",
                "4242424242424242 | [masked: card]",
                "4242424242424241 | 4242424242424241",
                "2026-11-25T12:00:00Z | 2026-11-25T12:00:00Z",
                "pi_3SaMpLeAaBbCc0010xYzAbCd | pi_3SaMpLeAaBbCc0010xYzAbCd",
                "order 1234567890123456789 | order 1234567890123456789",
                "at @ noon | at @ noon"
            })
    void whatLooksLikePersonalDataIsHiddenWhereverItStands(String text, String shown) {
        assertThat(valueOf("description", "\"" + text + "\"")).isEqualTo(shown);
        assertThat(tree(masked("{\"notes\":[[\"" + text + "\"]]}"))
                        .at("/notes/0/0")
                        .asText())
                .isEqualTo(shown);
    }

    @Test
    void aNumberOfAThingIsNoPhoneAndNoCard() {
        assertThat(valueOf("order_id", "\"9000000001\"")).isEqualTo("9000000001");
        assertThat(valueOf("rrn", "\"4242424242424242\"")).isEqualTo("4242424242424242");
        assertThat(valueOf("note", "4242424242424242")).isEqualTo("[masked: card]");
    }

    @Test
    void aNameThatIsAnAddressIsHiddenToo() {
        assertThat(masked("{\"jane@example.com\":1}")).doesNotContain("jane").contains("[masked: e-mail]");
    }

    @Test
    void numbersKeepTheirDigits() {
        assertThat(masked("{\"a\":10.00,\"b\":1E+400,\"c\":-0.0,\"d\":12345678901234567890123}"))
                .contains("10.00", "1E+400", "-0.0", "12345678901234567890123");
    }

    @Test
    void whatIsRevealedIsAllThere() {
        byte[] body = Samples.bytes("razorpay/payment.captured.json");
        assertThat(tree(PayloadMask.plain(body).orElseThrow())).isEqualTo(tree(new String(body, UTF_8)));
    }

    static List<String> samples() throws IOException {
        Path root = Path.of("src/test/resources/samples");
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file ->
                            file.getParent() != null && !file.getParent().equals(root))
                    .filter(file -> file.toString().endsWith(".json"))
                    .map(file -> root.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void ofEachProvidersSamplesOnlyThePersonIsHidden(String sample) {
        String shown = PayloadMask.masked(Samples.bytes(sample)).orElseThrow();
        assertThat(shown).doesNotContain("buyer@", "example.com", "+919000000001", "Gaurav", "secret_", "\"4242\"");
        compare(tree(Samples.text(sample)), tree(shown));
    }

    /** The same fields with the same values, but for those that are masked. */
    private static void compare(JsonNode before, JsonNode after) {
        if (after.isTextual() && after.textValue().contains("[masked: ")) {
            return;
        }
        assertThat(after.getNodeType()).isEqualTo(before.getNodeType());
        assertThat(after.size()).isEqualTo(before.size());
        if (before.isValueNode()) {
            assertThat(after).isEqualTo(before);
        }
        before.fieldNames().forEachRemaining(name -> compare(before.path(name), after.path(name)));
        for (int i = 0; before.isArray() && i < before.size(); i++) {
            compare(before.path(i), after.path(i));
        }
    }

    @Test
    void aLargeOrDeepBodyIsShownInTime() {
        String deep = "{\"a\":".repeat(900) + "\"x@y.example\"" + "}".repeat(900);
        assertThat(masked(deep)).contains("[masked: e-mail]");
        String digits = "4".repeat(200_000);
        String letters = "a".repeat(200_000) + " @ " + "b".repeat(200_000) + "@";
        String phones = "+9".repeat(100_000);
        String body = "{\"a\":\"" + digits + "\",\"b\":\"" + letters + "\",\"c\":\"" + phones + "\",\"d\":\""
                + "4 ".repeat(100_000) + "\"}";
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(Duration.ofSeconds(3), () -> masked(body));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not json", "{\"a\":", "{\"a\":1", "[1,2", "{\"a\":\"\u0001\"}"})
    void whatIsNotJsonIsNotShownMasked(String body) {
        assertThat(PayloadMask.masked(body.getBytes(UTF_8))).isEmpty();
    }

    @Test
    void aByteOrderMarkIsNoObstacle() {
        assertThat(masked("\uFEFF{\"email\":\"a@b.example\"}")).isEqualTo("{\n  \"email\": \"[masked: e-mail]\"\n}");
    }
}

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
        "password, secret",
        "vorname, name",
        "Nachname, name",
        "kunden_vorname, name",
        "Kundenvorname, name",
        "Nombre, name",
        "apellidos, name",
        "prénom, name",
        "PRE\u0301NOM, name",
        "cognome, name",
        "voornaam, name",
        "imię, name",
        "Lieferadresse, address",
        "rechnungsanschrift, address",
        "straße, address",
        "PLZ, address",
        "dirección, address",
        "indirizzo, address",
        "addr, address",
        "addr_line, address",
        "billTo, address",
        "ship_to, address",
        "shipTo, address",
        "deliver_to, address",
        "Emailadresse, e-mail",
        "teléfono, phone",
        "Telefonnummer, phone",
        "geburtsdatum, identity",
        "acct, bank account",
        "acctNo, bank account",
        "account_no, bank account",
        "Konto, bank account",
        "kontonummer, bank account",
        "passwort, secret"
    })
    void aFieldThatSpeaksOfAPersonIsHidden(String field, String kind) {
        assertThat(valueOf(field, "\"something\"")).isEqualTo("[masked: " + kind + "]");
        assertThat(valueOf(field, "1234")).isEqualTo("[masked: " + kind + "]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "customer | Jane Doe | true",
                "customer | Jane | true",
                "billing_customer | O’Neill, Pat | true",
                "payer | 张伟 | true",
                "recipient | jane_doe | true",
                "Kunde | Erika Mustermann | true",
                "Empfänger | Erika | true",
                "EMPFA\u0308NGER | Erika | true",
                "empfaenger | Erika | true",
                "owner | Jane Doe | true",
                "account_owner | jane | true",
                "user | jane | true",
                "users | jane | true",
                "Cliente | Juan | true",
                "destinataire | Jeanne | true",
                "Kunde | 10027 | false",
                "Empfänger | kd-77 | false",
                "owner | acct_1NcQ2b | false",
                "user | usr_9 | false",
                "owner_type | customer | false",
                "user_agent | Mozilla/5.0 | false",
                "user_role | admin | false",
                "account | acct_1NcQ2b | false",
                "acct | acct_1NcQ2b | false",
                "acct_type | checking | false",
                "acct_id | acct-jane | false",
                "bill_to | cus_QsAmPle | false",
                "ship_to_date | tomorrow | false",
                "bill_total | forty-nine | false",
                "nominal | five | false",
                "customer | cus_QsAmPle | false",
                "customer | cust_9 | false",
                "buyer | 10027 | false",
                "customer_creation | if_required | false",
                "payer_account_type | bank | false"
            })
    void whoIsNamedIsHiddenAndAnIdIsNot(String field, String value, boolean hidden) {
        assertThat(valueOf(field, "\"" + value + "\"")).isEqualTo(hidden ? "[masked: name]" : value);
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
                "card 4242.4242.4242.4242 or 4242_4242_4242_4242 | card [masked: card] or [masked: card]",
                "+49/170/1234567 | [masked: phone]",
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "call 98765 43210 please | call [masked: phone] please",
                "call 9876543210, please | call [masked: phone], please",
                "98765-43210 or 91234 56780 | [masked: phone] or [masked: phone]",
                "98765 43210 91234 56780 | [masked: phone] [masked: phone]",
                "mobile no. 9876543210. | mobile no. [masked: phone].",
                "Phone number 9876543210 | Phone number [masked: phone]",
                "tel:09876543210 | tel:[masked: phone]",
                "(0)98765 43210 | [masked: phone]",
                "91 98765 43210 | [masked: phone]",
                "0091-98765-43210 | [masked: phone]",
                "919876543210 is mine | [masked: phone] is mine",
                "9 8 7 6 5 4 3 2 1 0 | [masked: phone]",
                "ring me: (987) 654-3210! | ring me: [masked: phone]!",
                "order: 98765 43210 (gate 2) | order: [masked: phone] (gate 2)",
                "415-555-0132 | [masked: phone]",
                "at (415) 555-0132 today | at [masked: phone] today",
                "1-415-555-0132 | [masked: phone]",
                "415.555.2671 x | [masked: phone] x",
                "020 7946 0958 | [masked: phone]",
                "07700 900123 | [masked: phone]",
                "080-23456789 | [masked: phone]",
                "01 23 45 67 89 | [masked: phone]",
                "0044 20 7946 0958 | [masked: phone]",
                "0151 23456789 | [masked: phone]",
                "0151/23456789 | [masked: phone]",
                "(0151) 23 45 67 89 | [masked: phone]",
                "0151-23456789, please | [masked: phone], please",
                "030/123456-78 | [masked: phone]",
                "0664 123456789 | [masked: phone]",
                "02 345 67 89 | [masked: phone]",
                "01 234 5678 | [masked: phone]",
                "01.23.45.67.89 | [masked: phone]",
                "044 668 18 00 | [masked: phone]",
                "612 34 56 78 | [masked: phone]",
                "ring 612 345 678 now | ring [masked: phone] now",
                "601-234-567 | [masked: phone]",
                "(11) 91234-5678 | [masked: phone]",
                "11 91234-5678 | [masked: phone]",
                "55 1234 5678 | [masked: phone]",
                "8 (912) 345-67-89 | [masked: phone]",
                "138 0013 8000 | [masked: phone]",
                "+44 (0)20 7946 0958 | [masked: phone]",
                "\u096f\u096e\u096d\u096c\u096b \u096a\u0969\u0968\u0967\u0966 | [masked: phone]",
                "\uff19876543210 | [masked: phone]",
                "98765\u00a043210 | [masked: phone]",
                "98765\u201143210 | [masked: phone]",
                "98765\u200b43210 | [masked: phone]",
                "card 4242\u00a04242\u00a04242\u00a04242 | card [masked: card]"
            })
    void aTelephoneNumberIsHiddenHoweverItIsWritten(String text, String shown) {
        for (String field : List.of("description", "note", "receipt", "reference", "created_by", "order_id", "total")) {
            boolean oneWord = text.matches("[\\w.:/#-]*");
            if (!oneWord || !List.of("order_id", "total").contains(field)) {
                assertThat(valueOf(field, "\"" + text + "\"")).as(field).isEqualTo(shown);
            }
        }
        assertThat(ShownReason.of(text)).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pay_9876543210AbCd",
                "pay_98765432109876",
                "order_9876543210",
                "evt_1PqRsT9876543210",
                "ORD-9876543210",
                "INV/2026/9876543210",
                "https://shop.example/orders/9876543210",
                "order 9876543210 was paid",
                "Order not found: 9876543210",
                "Payment pi_1 belongs to order 9876543210, not 9876543211",
                "refund no. 9876543210",
                "#9876543210",
                "order 1234567890",
                "0000000042",
                "123e4567-e89b-12d3-a456-426614174000",
                "sha256:9876543210987654321098765432109876543210987654321098765432109876",
                "2026-11-25 12:00:00",
                "2026-11-25T12:00:00.987654Z",
                "2026-11-25T12:00:00.123456+05:30",
                "from 01-02-2026 10:30 to 05-03-2026 11:30",
                "25.11.2026, 09:00",
                "01-02-2026 5 pieces",
                "01.02.2026 12 pieces",
                "05/03/2026 110 pieces",
                "04 03 2026 17",
                "912 345 678 EUR",
                "912 345 678 kr",
                "912 345 678,50",
                "PLN 912 345 678",
                "€ 912 345 678",
                "total 912 345 678",
                "1 912 345 678",
                "912 345 678 901",
                "01/2026/000123",
                "season 10 2025-2026",
                "0.123456789",
                "012.345",
                "ORD-0151-234567",
                "1793000000",
                "1793000000123",
                "1793000000123456",
                "98765.43210",
                "83.1234567890",
                "INR 98,76,543.21",
                "9,876,543,210.00 USD",
                "49.99 USD, 10.00 USD given back",
                "203.0.113.7",
                "attempt 3 of 10, 500 ms, 409",
                "version 9.8.7.6543210",
                "9876543210987",
                "98765 4321"
            })
    void idsAmountsTimesAndSmallNumbersStayReadable(String text) {
        assertThat(valueOf("description", "\"" + text + "\"")).isEqualTo(text);
        assertThat(ShownReason.of(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id",
                "order_id",
                "order",
                "invoice",
                "amount",
                "amount_paid",
                "total",
                "fee",
                "rrn",
                "ean",
                "created_at"
            })
    void inAFieldOfAThingANumberStaysAndASentenceIsLookedAt(String field) {
        for (String number : List.of("9876543210", "4242424242424242")) {
            assertThat(valueOf(field, number)).isEqualTo(number);
            assertThat(valueOf(field, "\"" + number + "\"")).isEqualTo(number);
        }
        assertThat(valueOf(field, "\"call 9876543210\"")).isEqualTo("call [masked: phone]");
        assertThat(valueOf(field, "\"+919876543210\"")).isEqualTo("[masked: phone]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"created_by", "paid_by", "receipt", "reference", "customer_reference", "valid_until", "before"})
    void aFieldInWhichAnythingMayBeWrittenIsLookedAt(String field) {
        assertThat(valueOf(field, "\"9876543210\"")).isEqualTo("[masked: phone]");
        assertThat(valueOf(field, "9876543210")).isEqualTo("[masked: phone]");
        assertThat(valueOf(field, "\"4242424242424242\"")).isEqualTo("[masked: card]");
        assertThat(valueOf(field, "\"1793000000\"")).isEqualTo("1793000000");
        assertThat(valueOf(field, "\"rcpt_0042\"")).isEqualTo("rcpt_0042");
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
                + "4 ".repeat(100_000) + "\",\"e\":\"" + "9 (".repeat(100_000) + "\",\"f\":\"" + "order ".repeat(50_000)
                + "\",\"g\":\"" + "98765 43210 ".repeat(20_000) + "\"}";
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

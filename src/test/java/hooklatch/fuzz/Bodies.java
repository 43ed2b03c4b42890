package hooklatch.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import hooklatch.domain.Json;
import hooklatch.testing.Samples;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bodies made of the sample bodies of each provider: with ids of their own, personal data planted, and then something done
 * to them, in their tree or in their text. Thread-safe.
 */
final class Bodies {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Pattern ID =
            Pattern.compile("\\b(evt|pi|ch|re|py|dp|du|cs|pay|order|rfnd|ref|disp)_[A-Za-z0-9]{6,}");
    private static final Pattern ORDER =
            Pattern.compile("(\"(?:order_id|client_reference_id|receipt)\"\\s*:\\s*)\"?[0-9]+\"?");
    /** Their text is planted, and stays where it is: wherever else it turns up, it was let out. */
    private static final Set<String> PERSONAL =
            Set.of("email", "name", "phone", "contact", "receipt_email", "canary", "customer_details", "card_number");

    private static final Map<String, List<String>> SAMPLES = Map.of(
            "stripe",
            List.of(
                    "stripe/charge.dispute.closed.json",
                    "stripe/charge.dispute.created.json",
                    "stripe/charge.refunded.full.json",
                    "stripe/charge.refunded.partial.json",
                    "stripe/charge.succeeded.uncaptured.json",
                    "stripe/checkout.session.completed.unpaid.json",
                    "stripe/payment_intent.canceled.json",
                    "stripe/payment_intent.payment_failed.json",
                    "stripe/payment_intent.succeeded.jpy-unicode.json",
                    "stripe/payment_intent.succeeded.json",
                    "stripe/payment_intent.succeeded.kwd.json",
                    "stripe/payment_intent.succeeded.testmode-connect.json",
                    "stripe/refund.created.json",
                    "stripe/refund.failed.json",
                    "stripe/refund.updated.json",
                    "stripe/v2.thin-event.json"),
            "razorpay",
            List.of(
                    "razorpay/order.paid.json",
                    "razorpay/payment.authorized.json",
                    "razorpay/payment.captured.card-jpy.json",
                    "razorpay/payment.captured.escaped-unicode.json",
                    "razorpay/payment.captured.json",
                    "razorpay/payment.captured.notes-empty-array.json",
                    "razorpay/payment.dispute.created.json",
                    "razorpay/payment.failed.json",
                    "razorpay/refund.created.json",
                    "razorpay/refund.failed.refund-only.json",
                    "razorpay/refund.processed.full.json",
                    "razorpay/refund.processed.partial.json"),
            "standard",
            List.of(
                    "standard-webhooks/payment.failed.thin.json",
                    "standard-webhooks/payment.succeeded.json",
                    "standard-webhooks/refund.succeeded.json"));

    private final Map<String, List<String>> texts = new java.util.HashMap<>();
    private final int orders;

    /** @param orders numbered from 1 */
    Bodies(int orders) {
        this.orders = orders;
        SAMPLES.forEach((provider, paths) ->
                texts.put(provider, paths.stream().map(Samples::text).toList()));
    }

    /** A body as the provider sends it, about an order that is there most times, with personal data in it. */
    ObjectNode good(String provider, Random random, long number) {
        List<String> samples = texts.getOrDefault(provider, List.of());
        String text = samples.get(random.nextInt(samples.size()));
        // Payments and refunds of different inputs meet now and then; an order is always that of its payment.
        long shared = random.nextInt(10) == 0 ? random.nextInt(orders) : number;
        long order = shared % orders + 1;
        Matcher ids = ID.matcher(text);
        text = ids.replaceAll(id -> id.group(1).equals("evt") ? "evt_f" + number : id.group(1) + "_f" + shared);
        text = ORDER.matcher(text).replaceAll("$1\"" + order + "\"");
        ObjectNode body = (ObjectNode) Json.read(text);
        plant(body);
        return body;
    }

    private static void plant(ObjectNode body) {
        for (String path : List.of("/data/object", "/payload/payment/entity", "/payload/refund/entity", "/data")) {
            if (body.at(path) instanceof ObjectNode object) {
                object.put("email", Canaries.EMAIL);
                object.putObject("customer_details").put("name", Canaries.NAME).put("email", Canaries.EMAIL);
                object.put("card_number", Canaries.CARD);
            }
        }
    }

    /** Does something to the tree. */
    void mutate(ObjectNode body, Random random) {
        for (int i = random.nextInt(3); i >= 0; i--) {
            mutateOnce(body, random);
        }
    }

    private static void mutateOnce(ObjectNode body, Random random) {
        List<ObjectNode> objects = new ArrayList<>();
        collect(body, objects);
        ObjectNode object = objects.get(random.nextInt(objects.size()));
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(name -> {
            if (!PERSONAL.contains(name)) {
                names.add(name);
            }
        });
        String name = names.isEmpty() ? "x" : names.get(random.nextInt(names.size()));
        switch (random.nextInt(8)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(name, deep(random));
            case 2 -> object.set(name, NODES.arrayNode().add(object.path(name)));
            case 3 ->
                object.set(name, objects.get(random.nextInt(objects.size())).deepCopy());
            case 4 -> object.put(field(random), Hostile.text(random));
            default -> object.set(name, value(random));
        }
    }

    private static String field(Random random) {
        String text = random.nextInt(3) == 0 ? Hostile.noise(random) : Hostile.text(random);
        return text.isEmpty() ? "x" : text;
    }

    private static void collect(JsonNode node, List<ObjectNode> objects) {
        if (node instanceof ObjectNode object) {
            objects.add(object);
        }
        node.forEach(child -> collect(child, objects));
    }

    private static JsonNode value(Random random) {
        return switch (random.nextInt(16)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.numberNode(random.nextInt(5) - 2);
            case 3 -> NODES.numberNode(random.nextLong());
            case 4 -> NODES.numberNode(Long.MAX_VALUE - random.nextInt(2));
            case 5 ->
                BigIntegerNode.valueOf(BigInteger.TEN.pow(random.nextInt(99)).negate());
            case 6 -> DecimalNode.valueOf(new BigDecimal("17.4").scaleByPowerOfTen(random.nextInt(40) - 20));
            case 7 -> DecimalNode.valueOf(new BigDecimal("1e" + (random.nextBoolean() ? 400 : -400)));
            case 8 -> NODES.arrayNode();
            case 9 -> NODES.objectNode();
            case 10 -> TextNode.valueOf(Hostile.noise(random));
            case 11 -> NODES.numberNode(253402300800L + random.nextInt(3) - 1);
            case 12 -> TextNode.valueOf("9999-12-31T23:59:59.999999999-18:00");
            default -> TextNode.valueOf(Hostile.text(random));
        };
    }

    private static JsonNode deep(Random random) {
        JsonNode node = NODES.numberNode(1);
        for (int i = random.nextInt(190); i > 0; i--) {
            if (random.nextBoolean()) {
                ArrayNode list = NODES.arrayNode();
                node = list.add(node);
            } else {
                node = NODES.objectNode().set("a", node);
            }
        }
        return node;
    }

    /** Does something to the text that no tree can say. */
    static byte[] mutate(byte[] body, Random random) {
        String text = new String(body, StandardCharsets.UTF_8);
        return switch (random.nextInt(23)) {
            case 0 -> Arrays.copyOf(body, random.nextInt(body.length + 1));
            case 1 -> flipped(body, random);
            case 2 -> inserted(body, random, (byte) random.nextInt(256));
            case 3 -> inserted(body, random, (byte) 0);
            case 4 -> inserted(body, random, (byte) 0xC0, (byte) 0x80);
            case 5 -> inserted(body, random, (byte) 0xED, (byte) 0xA0, (byte) 0x80);
            case 6 -> utf8("\uFEFF" + text);
            case 7 -> text.getBytes(random.nextBoolean() ? StandardCharsets.UTF_16 : StandardCharsets.UTF_16LE);
            case 8 -> utf8(text + text);
            case 9 -> utf8(text + Hostile.noise(random));
            case 10 -> utf8(text.replaceFirst("\\{", "{\"id\":\"evt_other\","));
            case 11 -> utf8(text.replaceFirst("\\{", "{\"id\":\"\\\\ud800\","));
            case 12 -> utf8(text.replaceFirst("\\{", "{\"x\":1e" + random.nextInt(Integer.MAX_VALUE) + ","));
            case 13 -> utf8(text.replaceFirst("\\{", "{\"x\":" + "9".repeat(random.nextInt(2_000)) + ","));
            case 14 ->
                utf8(text.replaceFirst(
                        "\\{",
                        "{\"x\":" + "[".repeat(random.nextInt(10_000)) + "]".repeat(random.nextInt(10_000)) + ","));
            case 15 -> utf8(text.replaceFirst("\\{", "{\"x\":" + "{\"a\":".repeat(random.nextInt(5_000))));
            case 16 -> utf8(text.replaceFirst("\\{", "{\"" + "n".repeat(random.nextInt(6_000)) + "\":1,"));
            case 17 -> utf8("[" + text + "]");
            case 18 -> utf8(Hostile.text(random));
            case 19 -> utf8(Hostile.noise(random));
            case 20 -> utf8(text.replace("\"", "'"));
            case 21 -> utf8(text.replaceFirst("\\{", "{" + collidingNames(random.nextInt(10))));
            default -> utf8(text.replaceFirst(":", random.nextBoolean() ? "::" : ": NaN, \"y\":"));
        };
    }

    /** So many powers of two of names with one hash value, whatever the seed of a hash that multiplies by 31 or 33. */
    private static String collidingNames(int power) {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < 1 << power; i++) {
            names.append('"');
            for (int bit = 0; bit < power; bit++) {
                names.append((i >> bit & 1) == 0 ? "BbAa" : "CABB");
            }
            names.append("\":1,");
        }
        return names.toString();
    }

    private static byte[] flipped(byte[] body, Random random) {
        byte[] flipped = body.clone();
        for (int i = random.nextInt(4); i >= 0 && body.length > 0; i--) {
            flipped[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
    }

    private static byte[] inserted(byte[] body, Random random, byte... bytes) {
        int at = random.nextInt(body.length + 1);
        byte[] inserted = Arrays.copyOf(body, body.length + bytes.length);
        System.arraycopy(body, at, inserted, at + bytes.length, body.length - at);
        System.arraycopy(bytes, 0, inserted, at, bytes.length);
        return inserted;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

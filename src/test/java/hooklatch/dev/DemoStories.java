package hooklatch.dev;

import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.dev.DemoOrders.Order;
import hooklatch.dev.SendOptions.UsageException;
import hooklatch.domain.Payload;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What happens to one order in a shop, as the webhooks that tell of it: drawn at random, some of it in the wrong order. */
final class DemoStories {

    /** One event, and when and how it is sent. */
    record Step(
            Duration after, SampleProvider provider, String eventId, Payload body, int copies, boolean badSignature) {}

    private final Random random;
    private int events;

    DemoStories(Random random) {
        this.random = random;
    }

    /** The story of an order that the shop has. */
    List<Step> of(Order order) throws UsageException {
        SampleProvider provider = provider();
        Story story = new Story(provider, Long.toString(order.id()), order.total());
        int chance = random.nextInt(100);
        if (chance < 42) {
            story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
        } else if (chance < 54) {
            story.tell(SampleType.PAYMENT_FAILED, 0);
            story.tell(SampleType.PAYMENT_SUCCEEDED, 2);
        } else if (chance < 60) {
            story.tell(SampleType.PAYMENT_FAILED, 0);
        } else if (chance < 72) {
            story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
            story.refund(3, "30", 1);
            story.refund(6, "25", 2);
        } else if (chance < 80) {
            story.refund(0, "40", 1);
            story.tell(SampleType.PAYMENT_SUCCEEDED, 3);
        } else if (chance < 86) {
            story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
            story.refund(4, "100", 1);
        } else if (chance < 91) {
            story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
            story.tell(SampleType.DISPUTE_OPENED, 4);
            story.tell(SampleType.DISPUTE_CLOSED, 9);
        } else if (chance < 96) {
            // The provider's events overtake each other.
            story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
            story.tell(SampleType.PAYMENT_FAILED, 2);
        } else {
            story.paid = order.total().add(BigDecimal.ONE);
            story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
        }
        return story.steps;
    }

    /** A payment for an order id that is none, or of an order that the shop has not. */
    List<Step> poison(String orderId) throws UsageException {
        Story story = new Story(provider(), orderId, DemoOrders.total(random));
        story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
        return story.steps;
    }

    /** One of Stripe's, sent once; its id says what it is. */
    Step poison(String label, String orderId) throws UsageException {
        Story story = new Story(SampleProvider.STRIPE, orderId, DemoOrders.total(random));
        story.label = "_" + label + "_";
        story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
        return story.steps.get(0);
    }

    /** A payment of which many copies come at once. */
    List<Step> storm(Order order, int copies) throws UsageException {
        Story story = new Story(SampleProvider.STRIPE, Long.toString(order.id()), order.total());
        story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
        Step step = story.steps.get(0);
        return List.of(new Step(step.after(), step.provider(), step.eventId(), step.body(), copies, false));
    }

    /** A payment that somebody else has signed. */
    List<Step> forged(Order order) throws UsageException {
        Story story = new Story(provider(), Long.toString(order.id()), order.total());
        story.tell(SampleType.PAYMENT_SUCCEEDED, 0);
        Step step = story.steps.get(0);
        return List.of(new Step(step.after(), step.provider(), step.eventId(), step.body(), 1, true));
    }

    /** An event of a type that nobody handles. */
    Step unhandled() {
        String id = id("evt");
        String body = "{\"id\":\"" + id + "\",\"object\":\"event\",\"type\":\"customer.created\",\"livemode\":false,"
                + "\"data\":{\"object\":{\"id\":\"cus_" + id + "\",\"object\":\"customer\"}}}";
        return new Step(Duration.ZERO, SampleProvider.STRIPE, id, new Payload(body.getBytes(UTF_8)), 1, false);
    }

    private SampleProvider provider() {
        int chance = random.nextInt(10);
        return chance < 6 ? SampleProvider.STRIPE : chance < 9 ? SampleProvider.RAZORPAY : SampleProvider.STANDARD;
    }

    private String id(String prefix) {
        return id(prefix, "");
    }

    private String id(String prefix, String label) {
        events++;
        return prefix + "_demo" + label + Long.toString(random.nextLong() & Long.MAX_VALUE, 36) + "x" + events;
    }

    private final class Story {
        private final SampleProvider provider;
        private final String order;
        private final String payment;
        private final List<Step> steps = new ArrayList<>();
        private BigDecimal paid;
        /** Of the ids of its events. */
        private String label = "";

        Story(SampleProvider provider, String order, BigDecimal paid) {
            this.provider = provider;
            this.order = order;
            this.paid = paid;
            this.payment = id(provider == SampleProvider.STRIPE ? "pi" : "pay");
        }

        /** Providers that tell of the intention do, a little before the refund itself. */
        void refund(int seconds, String percent, int number) throws UsageException {
            BigDecimal amount =
                    paid.multiply(new BigDecimal(percent)).divide(new BigDecimal(100), 2, RoundingMode.DOWN);
            String refund = (provider == SampleProvider.RAZORPAY ? "rfnd_" : "re_") + payment + "_" + number;
            add(SampleType.REFUND_PENDING, seconds, amount, refund);
            add(SampleType.REFUND_SUCCEEDED, seconds + 1, amount, refund);
        }

        void tell(SampleType type, int seconds) throws UsageException {
            add(type, seconds, paid, "du_" + payment);
        }

        private void add(SampleType type, int seconds, BigDecimal amount, String object) throws UsageException {
            String eventId = id("evt", label);
            String currency = provider.usualCurrency();
            Payload body = new Payload(SampleBody.build(
                    provider,
                    type,
                    new SampleBody.Content(
                            eventId,
                            order,
                            payment,
                            object,
                            provider.minorUnits(amount, currency),
                            provider.minorUnits(paid, currency),
                            currency,
                            Instant.now())));
            // Every eighth is sent twice, some moments apart.
            Duration after = Duration.ofSeconds(seconds);
            steps.add(new Step(after, provider, eventId, body, 1, false));
            if (random.nextInt(8) == 0) {
                steps.add(new Step(after.plusMillis(200 + random.nextInt(4000)), provider, eventId, body, 1, false));
            }
        }
    }
}

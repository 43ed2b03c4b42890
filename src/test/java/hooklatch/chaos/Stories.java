package hooklatch.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import hooklatch.dev.SampleBody;
import hooklatch.dev.SampleProvider;
import hooklatch.dev.SampleType;
import hooklatch.domain.Payload;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What happens to an order, as the events that tell of it, drawn from a seed. For one thread. */
final class Stories {

    private final Random random;
    private final InstantSource clock;
    private int ids;

    /** @param clock when it happens, for the bodies */
    Stories(Random random, InstantSource clock) {
        this.random = random;
        this.clock = clock;
    }

    /** The events of one order; whoever sends them chooses in which order. */
    List<ToldEvent> of(long order) {
        return of(order, provider());
    }

    /** The same by one provider: amounts of different ones are in different currencies, and do not add up. */
    List<ToldEvent> of(long order, SampleProvider provider) {
        Story story = new Story(provider, Long.toString(order), 1_000 + random.nextInt(20_000));
        boolean stripe = provider == SampleProvider.STRIPE;
        switch (random.nextInt(14)) {
            case 0, 1 -> story.tell(SampleType.PAYMENT_SUCCEEDED);
            case 2 -> {
                story.tell(SampleType.PAYMENT_FAILED);
                story.tell(SampleType.PAYMENT_SUCCEEDED);
            }
            case 3 -> story.tell(SampleType.PAYMENT_FAILED);
            case 4 -> {
                story.tell(SampleType.PAYMENT_FAILED);
                if (provider != SampleProvider.RAZORPAY) {
                    story.tell(SampleType.PAYMENT_CANCELED);
                }
            }
            case 5, 6 -> {
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                story.refund(30, SampleType.REFUND_PENDING, SampleType.REFUND_SUCCEEDED);
                story.refund(25, SampleType.REFUND_PENDING, SampleType.REFUND_SUCCEEDED);
            }
            case 7 -> {
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                story.refund(100, SampleType.REFUND_SUCCEEDED);
                if (stripe) {
                    story.total(100);
                }
            }
            case 8 -> {
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                story.refund(60, SampleType.REFUND_PENDING, SampleType.REFUND_SUCCEEDED, SampleType.REFUND_FAILED);
                story.refund(20, SampleType.REFUND_SUCCEEDED);
            }
            case 9 -> {
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                story.tell(SampleType.DISPUTE_OPENED);
                story.tell(SampleType.DISPUTE_CLOSED);
            }
            case 10 -> {
                story.tell(SampleType.PAYMENT_FAILED);
                story.payAgain();
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                story.refund(10, SampleType.REFUND_SUCCEEDED);
            }
            case 11 -> {
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                story.tell(provider == SampleProvider.RAZORPAY ? SampleType.ORDER_PAID : SampleType.PAYMENT_SUCCEEDED);
            }
            case 12 -> {
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                if (stripe) {
                    story.tell(SampleType.CHECKOUT_COMPLETED);
                    story.total(30);
                    story.total(70);
                    story.refund(30, SampleType.REFUND_SUCCEEDED);
                }
            }
            default -> {
                story.tell(SampleType.PAYMENT_SUCCEEDED);
                story.events.add(unhandled());
            }
        }
        return story.events;
    }

    private ToldEvent unhandled() {
        String id = id("evt");
        String body = "{\"id\":\"" + id + "\",\"object\":\"event\",\"type\":\"" + WitnessHandler.UNHANDLED_TYPE
                + "\",\"livemode\":false,\"data\":{\"object\":{\"id\":\"cus_" + id + "\",\"object\":\"customer\"}}}";
        return new ToldEvent(SampleProvider.STRIPE, id, new Payload(body.getBytes(UTF_8)), false);
    }

    private SampleProvider provider() {
        int chance = random.nextInt(10);
        return chance < 5 ? SampleProvider.STRIPE : chance < 8 ? SampleProvider.RAZORPAY : SampleProvider.STANDARD;
    }

    private String id(String prefix) {
        ids++;
        return prefix + "_chaos" + Long.toString(random.nextLong() & Long.MAX_VALUE, 36) + "x" + ids;
    }

    private final class Story {
        private final SampleProvider provider;
        private final String order;
        private final long paid;
        private final List<ToldEvent> events = new ArrayList<>();
        private String payment;
        private int refunds;

        Story(SampleProvider provider, String order, long paid) {
            this.provider = provider;
            this.order = order;
            this.paid = paid;
            this.payment = newPayment();
        }

        private String newPayment() {
            return id(provider == SampleProvider.STRIPE ? "pi" : "pay");
        }

        /** What follows is of another payment of the same order. */
        void payAgain() {
            payment = newPayment();
        }

        void tell(SampleType type) {
            add(type, paid, "du_" + payment);
        }

        /** Stripe's word on all that was refunded of the charge so far. */
        void total(int percent) {
            add(SampleType.CHARGE_REFUNDED, paid * percent / 100, "");
        }

        void refund(int percent, SampleType... steps) {
            refunds++;
            for (SampleType step : steps) {
                add(step, paid * percent / 100, "re_" + payment + "_" + refunds);
            }
        }

        private void add(SampleType type, long amount, String object) {
            String eventId = id("evt");
            byte[] body = SampleBody.build(
                    provider,
                    type,
                    new SampleBody.Content(
                            eventId,
                            order,
                            payment,
                            object,
                            amount,
                            paid,
                            provider.usualCurrency(),
                            // Where the body has no id of its event two of one kind and payment
                            // differ at least here: an equal body is an equal event.
                            clock.instant().plusSeconds(provider == SampleProvider.STRIPE ? 0 : ids)));
            events.add(new ToldEvent(provider, eventId, new Payload(body), true));
        }
    }
}

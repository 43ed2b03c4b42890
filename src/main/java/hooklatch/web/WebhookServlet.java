package hooklatch.web;

import hooklatch.domain.Delivery;
import hooklatch.domain.EventKey;
import hooklatch.domain.Outcome;
import hooklatch.domain.Payload;
import hooklatch.domain.Rejection;
import hooklatch.domain.Unspoken;
import hooklatch.domain.WebhookEvent;
import hooklatch.provider.Headers;
import hooklatch.provider.Provider;
import hooklatch.provider.ProviderRegistry;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * {@code POST /webhooks/{provider}}: turns a request into a verified event, an outcome into an answer. The checks run in
 * the order of the contract's table (section Receiving); the first that fails answers.
 *
 * <p><b>How a body is read.</b> Most bodies have arrived when the servlet is called: they are taken without waiting and
 * processed on the same thread. Otherwise the request becomes asynchronous with a {@link jakarta.servlet.ReadListener},
 * and is dispatched here again when its last byte has come. So a sender of a byte a second holds no thread, on any
 * container; blocking reads would hold one for as long as the sender likes, because the containers' own timeouts begin
 * anew with each byte. Nor does it hold a place among the deliveries in work: that is given back until the body is
 * complete, and asked for again then. What it holds is a connection and the bytes that it has sent, for
 * {@link Limits#bodyTime()} at most, and all such bytes together are bounded.
 *
 * <p><b>Who answers.</b> The request's thread, unless the work of a handler does not come back in time: then
 * {@link LateAnswers} does, and the thread finds its answer given when it comes back. Its place among the deliveries in work
 * stays taken until then.
 *
 * <p>Thread-safe. Must be registered with asynchronous support, and no filter in front of it may wrap the request.
 */
public final class WebhookServlet extends HttpServlet {
    /** Name of the gauge of deliveries in work. */
    public static final String IN_FLIGHT = "hooklatch.deliveries.in.flight";

    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(WebhookServlet.class);
    private static final String RECEPTION = Reception.class.getName();
    private static final int LONGEST_PROVIDER_NAME = 64;
    private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x20-\\x7E]");

    /**
     * What one endpoint lets in.
     *
     * @param maxBodyBytes longest body that is accepted
     * @param maxInFlight deliveries in work at a time; the next one is answered 503 at once
     * @param maxArrivingBytes bytes of bodies that are waited for, over all requests
     * @param bodyTime within which a body must be whole
     * @param timeToAnswer from the last byte of the body to the answer, a little less than was promised
     */
    public record Limits(
            int maxBodyBytes, int maxInFlight, long maxArrivingBytes, Duration bodyTime, Duration timeToAnswer) {
        private static final Duration BODY_TIME = Duration.ofSeconds(10);
        /** 4.5 seconds are promised; the rest is for writing the answer. */
        private static final Duration TIME_TO_ANSWER = Duration.ofMillis(4300);

        private static final long ARRIVING_BODIES = 64;

        /** The contract's limits for the two that are configured. */
        public static Limits of(int maxBodyBytes, int maxInFlight) {
            return new Limits(maxBodyBytes, maxInFlight, ARRIVING_BODIES * maxBodyBytes, BODY_TIME, TIME_TO_ANSWER);
        }
    }

    private final transient ProviderRegistry providers;
    private final transient Processing processing;
    private final transient DeliveryNotes notes;
    private final transient DeliveryMeters meters;
    private final transient SourceAddress sourceAddress;
    private final transient Limits limits;
    private final transient LateAnswers lateAnswers;
    private final transient Clock clock;
    private final transient Semaphore places;
    private final transient BodyBudget budget;
    private volatile boolean closed;

    public WebhookServlet(
            ProviderRegistry providers,
            Processing processing,
            DeliveryNotes notes,
            DeliveryMeters meters,
            SourceAddress sourceAddress,
            Limits limits,
            LateAnswers lateAnswers,
            Clock clock) {
        this.providers = providers;
        this.processing = processing;
        this.notes = notes;
        this.meters = meters;
        this.sourceAddress = sourceAddress;
        this.limits = limits;
        this.lateAnswers = lateAnswers;
        this.clock = clock;
        this.places = new Semaphore(limits.maxInFlight());
        this.budget = new BodyBudget(limits.maxArrivingBytes());
        meters.watch(IN_FLIGHT, "Deliveries in work", () -> limits.maxInFlight() - places.availablePermits());
        meters.watch("hooklatch.bodies.arriving", "Bytes held by bodies that are still arriving", budget::taken);
    }

    /**
     * Lets no delivery in any more and waits for those in work. A delivery that comes now is answered 503 at once, and
     * sent again by its provider to a node that stays.
     *
     * @return whether all were done in time
     */
    public boolean drain(Duration time) throws InterruptedException {
        closed = true;
        return places.tryAcquire(limits.maxInFlight(), time.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        boolean again = request.getAttribute(RECEPTION) instanceof Reception;
        Reception reception = again ? (Reception) request.getAttribute(RECEPTION) : reception(request);
        MDC.put("request", reception.requestId());
        MDC.put("provider", reception.provider());
        try {
            Optional<Answer> answer = again ? goOn(reception, request, response) : begin(reception, request, response);
            if (answer.isPresent()) {
                answer(answer.get(), reception, request, response);
            }
        } catch (RuntimeException e) {
            fail(reception, e, response);
        } finally {
            MDC.remove("event");
            MDC.remove("provider");
            MDC.remove("request");
        }
    }

    /** The first look at a request: the checks that need no body, then the body as far as it is here. */
    private Optional<Answer> begin(Reception reception, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (!"POST".equals(request.getMethod())) {
            return refuse(Refusal.WRONG_METHOD, reception, request);
        }
        if (!providers.isKnown(reception.provider())) {
            return refuse(Refusal.unknownProvider(reception.provider()), reception, request);
        }
        Optional<Provider> provider = providers.configured(reception.provider());
        if (provider.isEmpty()) {
            return refuse(Refusal.notConfigured(reception.provider()), reception, request);
        }
        return work(provider.get(), reception, request, response);
    }

    /** The second look, when the body had to be waited for. */
    private Optional<Answer> goOn(Reception reception, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Refusal refusal = reception.refusal();
        return refusal != null
                ? refuse(refusal, reception, request)
                : work(providers.configured(reception.provider()).orElseThrow(), reception, request, response);
    }

    /**
     * Takes a place among the deliveries in work, and gives it back before the answer is written or the rest of the body
     * is waited for.
     *
     * @return empty when the body is waited for, or the answer was given
     */
    private Optional<Answer> work(
            Provider provider, Reception reception, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (closed || !places.tryAcquire()) {
            return refuse(Refusal.BUSY, reception, request);
        }
        try {
            Optional<Refusal> refusal = takeBody(reception, request);
            if (refusal.isPresent()) {
                return refuse(refusal.get(), reception, request);
            }
            if (reception.body().isComplete()) {
                return verifyAndProcess(provider, reception, request, response);
            }
        } finally {
            places.release();
        }
        awaitBody(reception, request);
        return Optional.empty();
    }

    private Optional<Refusal> takeBody(Reception reception, HttpServletRequest request) {
        ArrivingBody body = reception.body();
        if (body.isComplete()) {
            return Optional.empty();
        }
        try {
            switch (body.takeReceived(request.getInputStream())) {
                case TOO_LARGE -> {
                    return Optional.of(Refusal.bodyTooLarge(limits.maxBodyBytes()));
                }
                case COMPLETE -> reception.bodyIsHere(limits.timeToAnswer());
                case ARRIVING, NO_ROOM -> {
                    return body.charge() ? Optional.empty() : Optional.of(Refusal.BUSY);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            log.debug("body could not be read", e);
            return Optional.of(Refusal.BODY_INCOMPLETE);
        }
    }

    private void awaitBody(Reception reception, HttpServletRequest request) throws IOException {
        request.setAttribute(RECEPTION, reception);
        AsyncContext async = request.startAsync();
        async.setTimeout(limits.bodyTime().toMillis());
        BodyArrival arrival = new BodyArrival(reception, async, request.getInputStream(), limits);
        async.addListener(arrival);
        request.getInputStream().setReadListener(arrival);
    }

    private Optional<Answer> verifyAndProcess(
            Provider provider, Reception reception, HttpServletRequest request, HttpServletResponse response) {
        Payload payload = reception.body().payload();
        Headers headers = name -> Collections.list(request.getHeaders(name));

        Provider.Verification verification = provider.verify(payload, headers);
        if (verification instanceof Provider.Verification.Missing) {
            return refuse(Refusal.SIGNATURE_MISSING, reception, request);
        }
        if (verification instanceof Provider.Verification.Invalid invalid) {
            return refuse(Refusal.invalidSignature(invalid.cause()), reception, request);
        }
        Optional<EventKey> likely = provider.likelyKey(payload, headers);
        Optional<Outcome> known = likely.flatMap(key -> processing.known(key, payload));
        if (known.isPresent()) {
            MDC.put("event", likely.get().eventId());
            return Optional.of(noted(Done.with(known.get(), likely.get()), reception));
        }
        Provider.Reading reading = provider.read(payload, headers);
        if (reading instanceof Provider.Reading.Malformed malformed) {
            return refuse(Refusal.malformed(malformed.cause()), reception, request);
        }
        if (reading instanceof Provider.Reading.MissingId) {
            return refuse(Refusal.ID_MISSING, reception, request);
        }
        if (reading instanceof Provider.Reading.Event read) {
            return process(read.event(), reception, request, response);
        }
        return refuse(Refusal.ID_INVALID, reception, request);
    }

    private Optional<Answer> process(
            WebhookEvent event, Reception reception, HttpServletRequest request, HttpServletResponse response) {
        MDC.put("event", event.key().eventId());
        LateAnswers.Watch watch =
                lateAnswers.watch(reception.deadline(), () -> answerLate(event.key(), reception, request, response));
        Done done;
        boolean inTime;
        try {
            done = processed(event, reception);
        } finally {
            inTime = watch.end();
        }
        if (inTime) {
            return Optional.of(noted(done, reception));
        }
        if (response.isCommitted()) {
            return Optional.empty();
        }
        // It could not be written: an answer without a word of ours would be the container's 200.
        response.reset();
        return Optional.of(Answers.of(new Outcome.StorageUnavailable()));
    }

    private Done processed(WebhookEvent event, Reception reception) {
        try {
            return Done.with(processing.process(event, reception.deadline(), reception::waitedForLock), event.key());
        } catch (RuntimeException e) {
            return new Done(event.key(), "error", unforeseen(reception, e));
        }
    }

    /** First of all the answer: nothing that fails or waits beside it may keep it back. */
    private void answerLate(
            EventKey key, Reception reception, HttpServletRequest request, HttpServletResponse response) {
        Done done = Done.with(new Outcome.StorageUnavailable(), key);
        try {
            if (request.getProtocol().startsWith("HTTP/1")) {
                // The connection is the thread's until it comes back: what its sender sends next must not wait there.
                response.setHeader("Connection", "close");
            }
            done.answer().writeTo(response);
            response.flushBuffer();
        } catch (IOException e) {
            log.debug("the sender left before its late answer", e);
        } finally {
            noted(done, reception);
        }
        log.warn(
                "{} was answered 503 past its deadline; until its handler comes back, request {} keeps a thread and a place",
                key,
                reception.requestId());
    }

    /** What a delivery ended with. */
    private record Done(EventKey about, String label, Answer answer) {
        static Done with(Outcome outcome, EventKey key) {
            return new Done(outcome.about(key), outcome.label(), Answers.of(outcome));
        }
    }

    private Answer noted(Done done, Reception reception) {
        int status = done.answer().status();
        Duration duration = reception.elapsed();
        meters.delivered(reception.provider(), done.label(), status, duration);
        notes.delivered(new Delivery(
                done.about(), reception.receivedAt(), done.label(), status, duration, reception.lockWait()));
        return done.answer();
    }

    private Optional<Answer> refuse(Refusal refusal, Reception reception, HttpServletRequest request) {
        if (!reception.body().isComplete() && UnreadBody.isLeft(reception.body(), request)) {
            reception.leaveBodyUnread();
        }
        String source = sourceAddress.of(request);
        // Of a flood some, as in the table: whoever has no secret must not be able to fill the disk.
        if (reject(refusal.cause(), refusal.status(), reception, source)) {
            log.info("refused {} from {}: {}", refusal.status(), source, refusal.cause());
        }
        return Optional.of(refusal.answer());
    }

    /** Something that no check foresaw, before there was an event. */
    private void fail(Reception reception, RuntimeException e, HttpServletResponse response) {
        Answer answer = unforeseen(reception, e);
        reject("internal_error", answer.status(), reception, null);
        if (response.isCommitted()) {
            return;
        }
        response.reset();
        write(answer, response);
    }

    private boolean reject(String cause, int status, Reception reception, @Nullable String source) {
        meters.rejected(reception.provider(), cause, status);
        long bytes = reception.body().length();
        return notes.rejected(new Rejection(
                reception.provider(), reception.receivedAt(), cause, status, bytes == 0 ? null : bytes, source));
    }

    private static Answer unforeseen(Reception reception, RuntimeException e) {
        log.error(
                "unforeseen failure, answered with reference {}; the provider will send the event again",
                reception.requestId(),
                new Unspoken(e));
        return Answers.internalError(reception.requestId());
    }

    private static void answer(
            Answer answer, Reception reception, HttpServletRequest request, HttpServletResponse response) {
        if (reception.leavesBodyUnread()) {
            UnreadBody.answerAndLeave(answer, request, response, WebhookServlet::write);
        } else {
            write(answer, response);
        }
    }

    /** Nothing that happens to the answer on its way changes what was committed: the provider asks again. */
    private static void write(Answer answer, HttpServletResponse response) {
        try {
            answer.writeTo(response);
        } catch (IOException e) {
            log.debug("the sender left before its answer {}", answer.status(), e);
        }
    }

    private Reception reception(HttpServletRequest request) {
        ArrivingBody body = new ArrivingBody(request.getContentLengthLong(), limits.maxBodyBytes(), budget);
        return new Reception(RequestId.next(), providerName(request), clock.instant(), body);
    }

    /**
     * The path below {@code /webhooks/} without one trailing slash, cut where no name is that long, and with a question
     * mark for what could break a log line.
     */
    private static String providerName(HttpServletRequest request) {
        String path = request.getPathInfo() == null ? "" : request.getPathInfo();
        String name = path.startsWith("/") ? path.substring(1) : path;
        name = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        name = name.length() > LONGEST_PROVIDER_NAME ? name.substring(0, LONGEST_PROVIDER_NAME) : name;
        return UNPRINTABLE.matcher(name).replaceAll("?");
    }
}

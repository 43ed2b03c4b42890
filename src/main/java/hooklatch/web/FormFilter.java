package hooklatch.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before everything but the receiving of webhooks, which looks after its own bodies. A form is read before its page
 * is called, without a thread that waits for it, within {@link #BODY_TIME} and {@link #MAX_FORM_BYTES}: containers read
 * forms blocking, for as long as the sender likes, and some hundred slow ones would leave no thread for deliveries. A body
 * where none belongs is answered at once and not read, for containers would wait for that as well. Parameters are read the
 * same way everywhere; such as cannot be read are answered 400. Thread-safe.
 */
final class FormFilter extends HttpFilter {
    /** Far more than the longest form of ours. */
    static final int MAX_FORM_BYTES = 64 * 1024;

    static final Duration BODY_TIME = Duration.ofSeconds(10);

    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(FormFilter.class);
    private static final String RECEPTION = FormFilter.class.getName();
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final int ARRIVING_FORMS = 64;

    private final transient WebhookServlet.Limits limits;
    private final transient BodyBudget budget;
    private final transient Clock clock;

    FormFilter(Clock clock) {
        this(clock, BODY_TIME);
    }

    /** With another time for a form to come in. */
    FormFilter(Clock clock, Duration bodyTime) {
        this.clock = clock;
        this.limits = new WebhookServlet.Limits(
                MAX_FORM_BYTES, ARRIVING_FORMS, (long) ARRIVING_FORMS * MAX_FORM_BYTES, bodyTime, bodyTime);
        this.budget = new BodyBudget(limits.maxArrivingBytes());
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request.getServletPath().equals("/webhooks")) {
            chain.doFilter(request, response);
        } else if (request.getAttribute(RECEPTION) instanceof Reception reception) {
            Refusal refusal = reception.refusal();
            if (refusal == null) {
                goOn(reception.body(), request, response, chain);
            } else {
                leave(refusal.answer(), request, response);
            }
        } else if (!hasBody(request)) {
            goOn(null, request, response, chain);
        } else if (isPage(request) && request.getMethod().equals("POST")) {
            receive(request, response, chain);
        } else {
            boolean reads =
                    request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
            leave(
                    reads
                            ? Answers.error(400, "No body is expected here")
                            : Answers.error(405, "Method not allowed").withAllow("GET, HEAD"),
                    request,
                    response);
        }
    }

    private static boolean hasBody(HttpServletRequest request) {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    private static boolean isPage(HttpServletRequest request) {
        return request.getServletPath().startsWith("/dashboard");
    }

    private void receive(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ArrivingBody body = new ArrivingBody(request.getContentLengthLong(), MAX_FORM_BYTES, budget);
        ArrivingBody.Progress progress;
        try {
            progress = body.takeReceived(request.getInputStream());
        } catch (IOException e) {
            log.debug("a form could not be read", e);
            leave(Refusal.BODY_INCOMPLETE.answer(), request, response);
            return;
        }
        switch (progress) {
            case COMPLETE -> goOn(body, request, response, chain);
            case TOO_LARGE -> leave(Refusal.bodyTooLarge(MAX_FORM_BYTES).answer(), request, response);
            case ARRIVING, NO_ROOM -> {
                if (body.charge()) {
                    await(body, request);
                } else {
                    leave(Refusal.BUSY.answer(), request, response);
                }
            }
        }
    }

    /** The request comes here again once the form is whole, or when it is not waited for any longer. */
    private void await(ArrivingBody body, HttpServletRequest request) throws IOException {
        Reception reception = new Reception(RequestId.next(), "", clock.instant(), body);
        request.setAttribute(RECEPTION, reception);
        AsyncContext async = request.startAsync();
        async.setTimeout(limits.bodyTime().toMillis());
        BodyArrival arrival = new BodyArrival(reception, async, request.getInputStream(), limits);
        async.addListener(arrival);
        request.getInputStream().setReadListener(arrival);
    }

    /** @param form null = there is none */
    private static void goOn(
            @Nullable ArrivingBody form, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Optional<Map<String, List<String>>> parameters = FormEncoding.parse(request.getQueryString());
        if (form != null && isForm(request)) {
            Optional<Map<String, List<String>>> fields =
                    FormEncoding.text(form.payload().bytes()).flatMap(FormEncoding::parse);
            parameters = parameters.flatMap(query -> fields.map(more -> {
                more.forEach((name, values) ->
                        query.computeIfAbsent(name, any -> new ArrayList<>()).addAll(values));
                return query;
            }));
        }
        if (parameters.isEmpty()) {
            Answers.error(400, "The parameters cannot be read: an escape is broken, or they are no UTF-8")
                    .writeTo(response);
        } else {
            chain.doFilter(new FormRequest(request, parameters.get()), response);
        }
    }

    private static boolean isForm(HttpServletRequest request) {
        // As it was sent: a container may fail on a charset that it does not know.
        String type = request.getHeader("Content-Type");
        return type != null && type.toLowerCase(Locale.ROOT).strip().startsWith(FORM);
    }

    private static void leave(Answer answer, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (request.getDispatcherType() == DispatcherType.REQUEST && !request.isAsyncSupported()) {
            response.setHeader("Connection", "close");
            answer.writeTo(response);
            return;
        }
        UnreadBody.answerAndLeave(answer, request, response, FormFilter::write);
    }

    private static void write(Answer answer, HttpServletResponse response) {
        try {
            answer.writeTo(response);
        } catch (IOException e) {
            log.debug("the sender left before its answer {}", answer.status(), e);
        }
    }
}

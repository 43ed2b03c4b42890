package hooklatch.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hooklatch.dao.StorageException;
import hooklatch.domain.EventKey;
import hooklatch.domain.Json;
import hooklatch.domain.Unspoken;
import hooklatch.service.events.PayloadMask;
import hooklatch.service.events.ShownReason;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /webhooks/status/{eventId}[?provider=x]}: what became of an event. Ids with characters that containers refuse
 * in a path, such as an encoded slash, are asked for by {@code GET /webhooks/status?event_id=…}. Thread-safe.
 */
public final class StatusServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(StatusServlet.class);
    private static final Pattern PROVIDER = Pattern.compile("[a-z0-9_-]{1,64}");
    private static final Answer UNAUTHORIZED = Answers.error(401, "Bearer token missing or wrong");

    private final transient StatusLookup lookup;
    private final transient BearerToken token;
    private final transient Predicate<HttpServletRequest> isSignedIn;

    /**
     * Takes what decides who may ask.
     *
     * @param isSignedIn whether a user of the dashboard asks; throws when that cannot be told
     */
    public StatusServlet(StatusLookup lookup, BearerToken token, Predicate<HttpServletRequest> isSignedIn) {
        this.lookup = lookup;
        this.token = token;
        this.isSignedIn = isSignedIn;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        answer(request, response).writeTo(response);
    }

    private Answer answer(HttpServletRequest request, HttpServletResponse response) {
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            return Answers.error(405, "Method not allowed: a status is asked for by GET")
                    .withAllow("GET, HEAD");
        }
        boolean program = token.isOn(request);
        if (!program && !isSignedIn(request)) {
            response.setHeader("WWW-Authenticate", "Bearer");
            return UNAUTHORIZED;
        }
        Optional<String> id = eventId(request).filter(EventKey::isValidId);
        if (id.isEmpty()) {
            return Answers.error(400, "Not an event id");
        }
        String provider = request.getParameter("provider");
        if (provider != null && !PROVIDER.matcher(provider).matches()) {
            return Answers.error(400, "Not a provider name");
        }
        return find(id.get(), provider, program);
    }

    /** While MySQL is away only the token counts. */
    private boolean isSignedIn(HttpServletRequest request) {
        try {
            return isSignedIn.test(request);
        } catch (StorageException e) {
            log.debug("who is signed in cannot be told: {}", e.getMessage());
            return false;
        }
    }

    private Answer find(String eventId, @Nullable String provider, boolean program) {
        try {
            return lookup.find(eventId, provider)
                    .map(json -> Answer.of(200, program ? json : shown(json)))
                    .orElseGet(() -> Answers.error(503, "Storage unavailable").withRetryAfter(1));
        } catch (RuntimeException e) {
            String reference = RequestId.next();
            log.error("status of an event could not be told, answered with reference {}", reference, new Unspoken(e));
            return Answers.internalError(reference);
        }
    }

    /** As it stands on the pages: what a provider or a customer wrote may tell of people, and no viewer is shown that. */
    private static String shown(String json) {
        ObjectNode answer = (ObjectNode) Json.read(json);
        answer.put("error", ShownReason.ofNullable(answer.path("error").textValue()));
        JsonNode result = answer.path("result");
        if (result.isObject()) {
            answer.set(
                    "result",
                    PayloadMask.masked(Json.write(result).getBytes(StandardCharsets.UTF_8))
                            .map(Json::read)
                            .orElseGet(answer::nullNode));
        }
        return Json.write(answer);
    }

    /** From the raw path: containers decode it themselves, each by rules of its own, and drop what follows a semicolon. */
    private static Optional<String> eventId(HttpServletRequest request) {
        String parameter = request.getParameter("event_id");
        if (parameter != null) {
            return Optional.of(parameter);
        }
        String uri = request.getRequestURI();
        String prefix = request.getContextPath() + request.getServletPath() + "/";
        return uri.startsWith(prefix) ? PercentEncoding.decode(uri.substring(prefix.length())) : Optional.empty();
    }
}

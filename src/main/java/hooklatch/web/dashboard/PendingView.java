package hooklatch.web.dashboard;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A view that takes a while. It is waited for without a thread; then, or when it has taken too long, the request is dispatched
 * to its page again. Thread-safe.
 */
final class PendingView implements AsyncListener {
    private static final Logger log = LoggerFactory.getLogger(PendingView.class);
    private static final String ATTRIBUTE = PendingView.class.getName();

    private final CompletableFuture<Supplier<View>> view;
    private final AsyncContext async;
    private final AtomicBoolean over = new AtomicBoolean();

    private PendingView(CompletableFuture<Supplier<View>> view, AsyncContext async) {
        this.view = view;
        this.async = async;
    }

    /** The one that this request was dispatched again for. */
    static Optional<PendingView> of(HttpServletRequest request) {
        return Optional.ofNullable((PendingView) request.getAttribute(ATTRIBUTE));
    }

    /** Begins to wait, and returns. The request must be answered by nobody meanwhile. */
    static void await(HttpServletRequest request, CompletableFuture<Supplier<View>> view, Duration patience) {
        AsyncContext async = request.startAsync();
        async.setTimeout(patience.toMillis());
        PendingView pending = new PendingView(view, async);
        request.setAttribute(ATTRIBUTE, pending);
        async.addListener(pending);
        CompletionStage<Supplier<View>> stage = view;
        stage.whenComplete((any, failure) -> pending.goOn());
    }

    /**
     * The view, made on the calling thread.
     *
     * @return empty when it has taken too long
     * @throws RuntimeException what the view failed with
     */
    Optional<View> now() {
        if (!view.isDone()) {
            return Optional.empty();
        }
        try {
            return Optional.of(view.join().get());
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** The view is there or the time is up, whichever comes first. */
    private void goOn() {
        if (over.compareAndSet(false, true)) {
            async.dispatch();
        }
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        goOn();
    }

    @Override
    public void onError(AsyncEvent event) {
        log.debug("a request failed while its view was awaited", event.getThrowable());
        over.set(true);
    }

    @Override
    public void onComplete(AsyncEvent event) {
        over.set(true);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Nobody starts it a second time.
    }
}

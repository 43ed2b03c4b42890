package hooklatch.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the rest of one body without a thread, then dispatches the request to its servlet again: with the body whole,
 * or with the reason why it is not waited for any longer. Whatever comes first counts (last byte, too many bytes, time,
 * lost connection); the container may report a lost connection to both interfaces.
 */
final class BodyArrival implements ReadListener, AsyncListener {
    private static final Logger log = LoggerFactory.getLogger(BodyArrival.class);

    private final Reception reception;
    private final AsyncContext async;
    private final ServletInputStream input;
    private final WebhookServlet.Limits limits;
    private final AtomicBoolean over = new AtomicBoolean();

    BodyArrival(Reception reception, AsyncContext async, ServletInputStream input, WebhookServlet.Limits limits) {
        this.reception = reception;
        this.async = async;
        this.input = input;
        this.limits = limits;
    }

    @Override
    public void onDataAvailable() throws IOException {
        if (over.get()) {
            return;
        }
        switch (reception.body().takeReady(input)) {
            case TOO_LARGE -> giveUp(Refusal.bodyTooLarge(limits.maxBodyBytes()));
            case NO_ROOM -> giveUp(Refusal.BUSY);
            case ARRIVING, COMPLETE -> {
                // onAllDataRead or the next onDataAvailable follows.
            }
        }
    }

    @Override
    public void onAllDataRead() {
        if (over.compareAndSet(false, true)) {
            reception.bodyIsHere(limits.timeToAnswer());
            async.dispatch();
        }
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        giveUp(Refusal.bodyTooSlow(limits.bodyTime()));
    }

    /** From reading: the connection is lost, or what came over it is not HTTP. */
    @Override
    public void onError(Throwable failure) {
        log.debug("body could not be read", failure);
        giveUp(Refusal.BODY_INCOMPLETE);
    }

    @Override
    public void onError(AsyncEvent event) {
        log.debug("request failed while its body was awaited", event.getThrowable());
        giveUp(Refusal.BODY_INCOMPLETE);
    }

    @Override
    public void onComplete(AsyncEvent event) {
        reception.body().giveBack();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // Nobody starts it a second time.
    }

    private void giveUp(Refusal refusal) {
        if (over.compareAndSet(false, true)) {
            reception.refuse(refusal);
            async.dispatch();
        }
    }
}

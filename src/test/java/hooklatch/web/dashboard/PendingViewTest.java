package hooklatch.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import hooklatch.testing.TestJetty;
import hooklatch.web.Site;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A view that takes a while, takes too long, or fails. */
class PendingViewTest {
    private static final Duration PATIENCE = Duration.ofMillis(300);

    /** Answers the view's status, {@code too late}, or the message of its failure. */
    private static String answerWith(Supplier<CompletableFuture<Supplier<View>>> view) throws Exception {
        HttpServlet page = new HttpServlet() {
            private static final long serialVersionUID = 1L;

            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                Optional<PendingView> pending = PendingView.of(request);
                if (pending.isEmpty()) {
                    PendingView.await(request, view.get(), PATIENCE);
                    return;
                }
                String answer;
                try {
                    answer = pending.get().now().map(it -> "" + it.status()).orElse("too late");
                } catch (IllegalStateException e) {
                    answer = String.valueOf(e.getMessage());
                }
                response.getWriter().print(answer);
            }
        };
        try (TestJetty jetty = TestJetty.running(context -> Site.add(context, "page", page, "/page"))) {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(jetty.uri("/page")).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void whatComesIsAnswered() throws Exception {
        assertThat(answerWith(() -> CompletableFuture.supplyAsync(() -> () -> View.notFound("x"))))
                .isEqualTo("404");
    }

    @Test
    void whatIsThereAtOnceIsAnswered() throws Exception {
        assertThat(answerWith(() -> CompletableFuture.completedFuture(() -> View.notFound("x"))))
                .isEqualTo("404");
    }

    @Test
    void whatTakesTooLongIsNotWaitedFor() throws Exception {
        assertThat(answerWith(CompletableFuture::new)).isEqualTo("too late");
    }

    @Test
    void whatFailsFailsThePage() throws Exception {
        assertThat(answerWith(() -> CompletableFuture.supplyAsync(() -> {
                    throw new IllegalStateException("broken");
                })))
                .isEqualTo("broken");
    }
}

package hooklatch.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {
    private final List<String> closed = new ArrayList<>();

    @Test
    void anInterruptedStepDoesNotKeepLaterOnesFromWaiting() {
        Closing closing = new Closing();
        closing.action(
                "opened first",
                () -> closed.add(
                        "opened first, interrupted: " + Thread.currentThread().isInterrupted()));
        closing.action("opened last", () -> {
            throw new InterruptedException();
        });

        closing.close();

        assertThat(closed).containsExactly("opened first, interrupted: false");
        assertThat(Thread.interrupted())
                .as("whoever interrupted is not forgotten")
                .isTrue();
    }
}

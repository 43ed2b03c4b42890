package hooklatch.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class GatheredTest {
    private final List<Batch> batches = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();
    private final Gathered<Batch> gathered = new Gathered<>(Batch::new, this::send, later::add);

    /** Answers all commands when it is sent. */
    private static final class Batch {
        final List<String> commands = new ArrayList<>();
        final List<CompletableFuture<String>> answers = new ArrayList<>();
        final CompletableFuture<Void> sent = new CompletableFuture<>();

        CompletionStage<String> take(String command) {
            commands.add(command);
            answers.add(new CompletableFuture<>());
            return answers.get(answers.size() - 1);
        }
    }

    private CompletionStage<Void> send(Batch batch) {
        batches.add(batch);
        return batch.sent;
    }

    @Test
    void whatIsAddedBeforeTheMomentIsOverIsSentTogetherAndInOrder() {
        CompletionStage<String> first = gathered.add(batch -> batch.take("a"));
        gathered.add(batch -> batch.take("b"));

        assertThat(batches).as("nothing is sent by who adds").isEmpty();
        assertThat(later).hasSize(1);
        later.get(0).run();

        assertThat(batches).hasSize(1);
        assertThat(batches.get(0).commands).containsExactly("a", "b");
        assertThat(first).as("sent, not answered").isNotCompleted();
        batches.get(0).answers.get(0).complete("done");
        assertThat(first).isCompletedWithValue("done");
    }

    @Test
    void whatIsAddedAfterIsSentByTheNext() {
        gathered.add(batch -> batch.take("a"));
        later.get(0).run();
        gathered.add(batch -> batch.take("b"));

        assertThat(later).hasSize(2);
        later.get(1).run();

        assertThat(batches).hasSize(2);
        assertThat(batches.get(1).commands).containsExactly("b");
    }

    @Test
    void aCommandThatFailsIsItsOwnAffair() {
        CompletionStage<String> refused = gathered.add(batch -> batch.take("a"));
        CompletionStage<String> thrown = gathered.add(batch -> {
            throw new IllegalStateException("closed");
        });
        CompletionStage<String> done = gathered.add(batch -> batch.take("b"));
        later.get(0).run();

        Batch batch = batches.get(0);
        assertThat(batch.commands).containsExactly("a", "b");
        batch.answers.get(0).completeExceptionally(new IllegalStateException("OOM"));
        batch.answers.get(1).complete("done");

        assertThat(refused).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("OOM");
        assertThat(thrown).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("closed");
        assertThat(done).isCompletedWithValue("done");
    }

    @Test
    void whatGotNoAnswerFailsWithTheBatch() {
        CompletionStage<String> answered = gathered.add(batch -> batch.take("a"));
        CompletionStage<String> unanswered = gathered.add(batch -> batch.take("b"));
        later.get(0).run();

        batches.get(0).answers.get(0).complete("done");
        batches.get(0).sent.completeExceptionally(new IllegalStateException("connection lost"));

        assertThat(answered).isCompletedWithValue("done");
        assertThat(unanswered).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("connection lost");
    }

    /** Redisson may hold an answer back that asks to be sent elsewhere, and take the batch for done. */
    @Test
    void whatGotNoAnswerFailsAlsoWhenTheBatchIsDone() {
        CompletionStage<String> unanswered = gathered.add(batch -> batch.take("a"));
        later.get(0).run();

        batches.get(0).sent.complete(null);

        assertThat(unanswered).failsWithin(Duration.ZERO);
    }

    @Test
    void afterAThreadThatCouldNotBeStartedTheNextIsSent() {
        List<Runnable> tasks = new ArrayList<>();
        Gathered<Batch> poor = new Gathered<>(Batch::new, this::send, task -> {
            tasks.add(task);
            if (tasks.size() == 1) {
                throw new OutOfMemoryError("unable to create native thread");
            }
        });
        assertThatThrownBy(() -> poor.add(batch -> batch.take("a"))).isInstanceOf(OutOfMemoryError.class);
        poor.add(batch -> batch.take("b"));

        tasks.get(1).run();

        assertThat(batches.get(0).commands).containsExactly("a", "b");
    }

    @Test
    void whatCannotBeSentFails() {
        Gathered<Batch> closed = new Gathered<>(
                () -> {
                    throw new IllegalStateException("closed");
                },
                this::send,
                Runnable::run);

        assertThat(closed.add(batch -> batch.take("a")))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withMessageContaining("closed");
    }

    /** A command that comes while the others are taken: either they take it along, or it is sent after them. */
    @Test
    void nothingIsLeftBehind() {
        ExecutorService sender = Executors.newSingleThreadExecutor();
        try {
            Gathered<List<CompletableFuture<Integer>>> busy = new Gathered<>(
                    ArrayList::new,
                    batch -> {
                        batch.forEach(answer -> answer.complete(1));
                        return CompletableFuture.completedStage(batch);
                    },
                    sender);
            for (int round = 0; round < 150_000; round++) {
                add(busy);
                for (int i = 0; i < round % 300; i++) {
                    Thread.onSpinWait();
                }
                assertThat(add(busy)).as("round %d", round).succeedsWithin(Duration.ofSeconds(5));
            }
        } finally {
            sender.shutdown();
        }
    }

    private static CompletionStage<Integer> add(Gathered<List<CompletableFuture<Integer>>> gathered) {
        return gathered.add(batch -> {
            CompletableFuture<Integer> answer = new CompletableFuture<>();
            batch.add(answer);
            return answer;
        });
    }
}

package hooklatch.domain;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Commands for which nobody waits, gathered for a moment and sent together: a batch of them costs a server and its client
 * less than each by itself. What one thread adds keeps its order; each command has an answer of its own, and one that fails
 * does not keep the others from being carried out. Thread-safe.
 *
 * @param <B> a batch: takes commands, and sends none of them by itself
 */
public final class Gathered<B> {
    private final Supplier<B> newBatch;
    private final Function<B, CompletionStage<?>> send;
    private final Executor later;
    private final Queue<Command<B, ?>> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean planned = new AtomicBoolean();

    private record Command<B, T>(
            Function<? super B, ? extends CompletionStage<T>> command, CompletableFuture<@Nullable T> answer) {
        void addTo(B batch) {
            try {
                command.apply(batch).whenComplete((value, failure) -> {
                    if (failure == null) {
                        answer.complete(value);
                    } else {
                        answer.completeExceptionally(failure);
                    }
                });
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        }
    }

    /**
     * @param send sends all that a batch took; its answer tells whether that succeeded
     * @param later runs the sending a moment after it was asked to: how long that is decides how much is sent together. It
     *     must run what it takes
     */
    public Gathered(Supplier<B> newBatch, Function<B, CompletionStage<?>> send, Executor later) {
        this.newBatch = newBatch;
        this.send = send;
        this.later = later;
    }

    /**
     * Adds a command; waits for nothing.
     *
     * @param command adds itself to the batch it is given, by the thread that sends
     * @return the command's own answer
     */
    public <T> CompletionStage<@Nullable T> add(Function<? super B, ? extends CompletionStage<T>> command) {
        Command<B, T> added = new Command<>(command, new CompletableFuture<>());
        waiting.add(added);
        if (planned.compareAndSet(false, true)) {
            boolean isPlanned = false;
            try {
                later.execute(this::sendAll);
                isPlanned = true;
            } finally {
                if (!isPlanned) {
                    planned.set(false);
                }
            }
        }
        return added.answer();
    }

    private void sendAll() {
        // Before the first is taken: what comes after the last was taken finds that nobody is going to send it.
        planned.set(false);
        List<Command<B, ?>> commands = new ArrayList<>();
        for (Command<B, ?> next = waiting.poll(); next != null; next = waiting.poll()) {
            commands.add(next);
        }
        if (commands.isEmpty()) {
            return;
        }
        try {
            B batch = newBatch.get();
            commands.forEach(command -> command.addTo(batch));
            send.apply(batch)
                    .whenComplete((done, failure) -> failUnanswered(
                            commands, failure == null ? new IllegalStateException("sent, and not answered") : failure));
        } catch (RuntimeException e) {
            failUnanswered(commands, e);
        } catch (Error e) {
            failUnanswered(commands, e);
            throw e;
        }
    }

    private static <B> void failUnanswered(List<Command<B, ?>> commands, Throwable failure) {
        commands.forEach(command -> command.answer().completeExceptionally(failure));
    }
}

package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// The end of `node`'s scope. It is an object of its own, not the scope, so that a `Done` cannot be cast to something
/// that can be cancelled (R7).
final class DoneView implements Done {

    private final Node node;

    DoneView(Node node) {
        this.node = node;
    }

    @Override
    public boolean isDone() {
        ScopeNode scope = node.scope();
        return scope != null && scope.poll() != null;
    }

    @Override
    public boolean isNever() {
        return node.scope() == null;
    }

    @Override
    public void await() throws InterruptedException {
        ScopeNode scope = node.scope();
        if (scope == null) {
            new CountDownLatch(1).await();
        } else {
            scope.await();
        }
    }

    @Override
    public boolean await(Duration timeout) throws InterruptedException {
        requireNonNull(timeout, "timeout");
        // The child ends with the scope or when the time is up, on the scope's clock, whichever is first.
        try (CancelNode child = DeadlineNode.after(node, timeout, null)) {
            child.await();
        }
        return isDone();
    }

    @Override
    public CompletionStage<ContextException> toCompletionStage() {
        CompletableFuture<ContextException> stage = new CompletableFuture<>();
        node.afterFunc(() -> node.err().ifPresent(stage::complete));
        return stage.minimalCompletionStage();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DoneView that && node.scope() == that.node.scope();
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(node.scope());
    }

    /// The path of the context, and whether it has ended.
    @Override
    public String toString() {
        return node + (isDone() ? " done" : " live");
    }
}

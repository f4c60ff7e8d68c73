package dev.ripcord;

import dev.ripcord.ContextException.Kind;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// What the races have in common: causes, callbacks that count, and words for how a context stands.
final class Race {

    /// The registration of a callback that was never added.
    static final Registration NONE = Context.background().afterFunc(() -> {});

    private Race() {}

    /// A line of `depth` scopes below `top`: deeper than a poll looks if it is 12.
    static CancellableContext chain(CancellableContext top, int depth) {
        CancellableContext leaf = top;
        for (int i = 0; i < depth; i++) {
            leaf = leaf.withCancel();
        }
        return leaf;
    }

    /// How `context` ended, in one word: `live`, the cause's message, `cancelled` if it has none, `late` if a deadline
    /// passed; `torn` if its answers disagree (R6).
    static String end(Context context) {
        Optional<ContextException> err = context.err();
        if (err.isEmpty()) {
            return "live";
        }
        ContextException how = err.get();
        Throwable cause = context.cause().orElseThrow();
        if (!context.done().isDone() || context.err().orElse(null) != how) {
            return "torn";
        }
        if (how.kind() == Kind.DEADLINE_EXCEEDED) {
            return cause == how ? "late" : "torn";
        }
        if (how.getCause() == null) {
            return cause == how ? "cancelled" : "torn";
        }
        return cause == how.getCause() ? String.valueOf(cause.getMessage()) : "torn";
    }

    static boolean stopAndAwait(Registration registration) {
        try {
            return registration.stopAndAwait();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a race", e);
        }
    }

    static void await(Context context) {
        try {
            context.done().await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a race", e);
        }
    }

    /// Why a context is cancelled. Cheap, since millions are made.
    static final class Cause extends Exception {

        private static final long serialVersionUID = 1L;

        Cause(String message) {
            super(message, null, false, false);
        }
    }

    /// A callback that counts how often it is called.
    static final class Counter implements Runnable {

        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public void run() {
            calls.incrementAndGet();
        }

        int calls() {
            return calls.get();
        }

        /// How often it was called, once the registration can start it no more.
        int callsInTheEnd(Registration registration) {
            stopAndAwait(registration);
            return calls.get();
        }
    }
}

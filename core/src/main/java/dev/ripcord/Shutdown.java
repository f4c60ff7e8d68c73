package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The end of the JVM as contexts: drain, then cancel. It is Go's `signal.NotifyContext`, with a grace.
///
/// {@snippet class="dev.ripcord.ShutdownApp" region="serve"}
///
/// The JVM is told to stop by SIGTERM, SIGINT (Ctrl-C), SIGHUP or `System.exit`. Then:
///
/// 1. [#draining()] ends at once: take no more work.
/// 2. [#context()] ends after the grace, for the work that has not finished.
/// 3. The JVM halts when this is closed, so that the rest of the block runs before; at the latest
///    10 seconds after the grace.
///
/// ## Rules
///
/// - Both end with a [CancelledException] whose cause is one [ShutdownException].
/// - If this is closed before that, it ends both, as closed scopes end.
/// - What must run before the JVM halts belongs into the block; its `catch` and `finally` come after the close.
/// - `System.exit` by the thread that opened this cannot be followed by its close. So there is neither a grace nor a
///   wait then.
/// - A second signal does nothing: the JVM ignores it. `kill -9` and `Runtime.halt` end the JVM without any of this.
/// - A JVM that was started with SIGINT or SIGHUP ignored, by `nohup` or in the background of a script, ignores it.
/// - There may be any number of them; the JVM halts when the last one has been closed. One that is opened when the JVM
///   already stops is told at once, but the JVM does not wait for it.
///
/// ## Threads and memory
///
/// It is a shutdown hook of the JVM, which the close takes back. The hook's thread is called `ripcord-shutdown`.
/// Callbacks of [#draining()] and [#context()] run as all do, on virtual threads, which do not keep the JVM from
/// halting; the block should wait for what they start.
public final class Shutdown implements AutoCloseable {

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Duration grace;
    private final Duration limit;
    private final Thread opener = Thread.currentThread();
    private final CancellableContext work = Context.background().withCancel();
    private final CancellableContext draining = work.withCancel();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = Thread.ofPlatform().name("ripcord-shutdown").unstarted(this::stop);

    /// @param limit how long the JVM waits for the close after the grace
    private Shutdown(Duration grace, Duration limit) {
        this.grace = grace;
        this.limit = limit;
    }

    /// Listens for the end of the JVM, with a grace of 5 seconds.
    ///
    /// @return what to close when the work is done
    public static Shutdown open() {
        return open(GRACE);
    }

    /// Listens for the end of the JVM.
    ///
    /// @param grace how long the work may go on when the JVM has been told to stop; zero cancels it at once
    /// @return what to close when the work is done
    public static Shutdown open(Duration grace) {
        return open(grace, LIMIT);
    }

    static Shutdown open(Duration grace, Duration limit) {
        if (requireNonNull(grace, "grace").isNegative()) {
            throw new IllegalArgumentException("grace < 0: " + grace);
        }
        Shutdown shutdown = new Shutdown(grace, limit);
        try {
            Runtime.getRuntime().addShutdownHook(shutdown.hook);
        } catch (IllegalStateException e) {
            // The JVM stops already. The thread is no hook then, and nobody waits for it.
            shutdown.hook.start();
        }
        return shutdown;
    }

    /// Ends as soon as the JVM is told to stop, and with [#context()].
    ///
    /// @return what to listen to in order to take no more work
    public Context draining() {
        return ((Node) draining).handedOut();
    }

    /// Ends when the JVM has been told to stop and the grace is over.
    ///
    /// @return what the work runs under
    public Context context() {
        return ((Node) work).handedOut();
    }

    /// Ends both contexts, and lets the JVM halt if it has been told to stop. A second call does nothing.
    @Override
    public void close() {
        work.close();
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM stops already, and the hook ends by itself.
        }
    }

    /// What the hook does.
    private void stop() {
        boolean abandoned = isExiting(opener);
        ShutdownException why = new ShutdownException(signal(), grace);
        draining.cancel(why);
        if (abandoned || !awaitClose(grace)) {
            work.cancel(why);
            if (!abandoned) {
                awaitClose(limit);
            }
        }
    }

    private boolean awaitClose(Duration time) {
        try {
            return closed.await(Deadline.toNanos(time), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            return false; // somebody wants the hook to end
        }
    }

    /// Whether the thread is in `System.exit`, and so will never return.
    private static boolean isExiting(Thread thread) {
        return Stream.of(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals("java.lang.Runtime")
                        && frame.getMethodName().equals("exit"));
    }

    /// The signal that the JVM handles, if one does: OpenJDK names the thread after it.
    private static @Nullable String signal() {
        String suffix = " handler";
        Optional<String> handler = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("SIG") && name.endsWith(suffix))
                .findFirst();
        return handler.map(name -> name.substring(0, name.length() - suffix.length()))
                .orElse(null);
    }

    /// Whether it has been closed, drains or listens.
    @Override
    public String toString() {
        String state = closed.getCount() == 0 ? "closed" : draining.done().isDone() ? "draining" : "open";
        return "Shutdown(grace " + grace + ") " + state;
    }
}

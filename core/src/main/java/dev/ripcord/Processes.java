package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;

/// Starts processes that end with their context, as Go's `exec.CommandContext` does.
///
/// {@snippet class="dev.ripcord.ProcessesExampleTest" region="process"}
///
/// ## Rules
///
/// - When the context ends, the process and its descendants are asked to terminate ([ProcessHandle#destroy()], SIGTERM
///   where there are signals). Those that have not exited after the wait delay are killed
///   ([ProcessHandle#destroyForcibly()]).
/// - A process that the context has ended says so: `waitFor` throws how the context ended, though the process
///   may have exited with success. [Process#exitValue()] and [Process#onExit()] tell about the exit alone.
/// - A process that exits before the end of its context reaches it is a process as any other. Its descendants are left
///   alone.
/// - Descendants are those at the moment of the end, and of the kill. One whose parent has exited before is nobody's
///   descendant, and goes on.
/// - What the process writes while it terminates can be read. A read that waits for longer than the wait delay after
///   the exit, because somebody else holds the pipe, closes it and throws how the context ended the process, or an
///   [IOException] if it has not.
/// - Everything else is as the JDK's [Process] has it; interrupting a thread in `waitFor` does not end the process.
///
/// ## Threads and memory
///
/// When the process has exited, nothing is registered with the context. Ending it works even when every carrier of
/// virtual threads is busy. A virtual thread that reads output holds no carrier while it waits.
///
/// ## Cost
///
/// A read that has to wait is done by a thread of [dev.ripcord.spi.DaemonThreads#executor()], which stays in it for as
/// long as somebody holds the pipe.
public final class Processes {

    private static final Duration WAIT_DELAY = Duration.ofSeconds(5);

    private Processes() {}

    /// Starts a process that ends with `ctx`, with a wait delay of 5 seconds.
    ///
    /// @param ctx the context that ends the process
    /// @param builder what to start
    /// @return the process
    /// @throws IOException if it cannot be started
    /// @throws ContextException if `ctx` has ended; then nothing is started
    public static Process start(Context ctx, ProcessBuilder builder) throws IOException {
        return start(ctx, builder, WAIT_DELAY);
    }

    /// Starts a process that ends with `ctx`.
    ///
    /// @param ctx the context that ends the process
    /// @param builder what to start
    /// @param waitDelay how long the process may take to exit when it has been asked to, on the clock of `ctx`; zero
    ///     kills it at once
    /// @return the process
    /// @throws IOException if it cannot be started
    /// @throws ContextException if `ctx` has ended; then nothing is started
    @SuppressWarnings("ContextDroppedCall") // this is the call that it asks for
    public static Process start(Context ctx, ProcessBuilder builder, Duration waitDelay) throws IOException {
        requireNonNull(ctx, "ctx");
        requireNonNull(builder, "builder");
        if (requireNonNull(waitDelay, "waitDelay").isNegative()) {
            throw new IllegalArgumentException("waitDelay < 0: " + waitDelay);
        }
        ctx.throwIfDone();
        Process process = builder.start();
        try {
            return new ContextProcess(ctx, process, waitDelay);
        } catch (Throwable e) {
            process.destroyForcibly();
            throw e;
        }
    }
}

package dev.ripcord;

import dev.ripcord.spi.DaemonThreads;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A process that its context ends; [Processes] has the rules.
///
/// ```text
///            the context ends                  the wait delay is over
///   running ───────────────────▶ terminated ───────────────────────────▶ killed
///      └─────────── exits ───────────┴──────────── exits ──────────────────┴──▶ exited
/// ```
///
/// ## Invariants
///
/// 1. `terminated` is set before the first signal is sent, so whoever sees an exit that we caused sees it set.
/// 2. Signals go through the JDK's handles, which compare the start of a process, so that another one that has got its
///    pid by now is left alone. The JDK's `destroy` would also close the pipes, and lose what has been written.
/// 3. A read is published as `blocked` before its caller looks whether reads are limited or the stream is closed.
///    Whoever limits or closes says so before it looks for a read. So one of the two limits or fails the read.
@SuppressWarnings("FutureReturnValueIgnored") // what runs at an exit throws nothing
final class ContextProcess extends Process {

    @SuppressWarnings("ContextInField") // a process belongs to the context that it was started with
    private final Context ctx;

    private final Process process;
    private final Duration waitDelay;
    private final Pipe out;
    private final Pipe err;
    private final Registration ending;

    /// Whether the context has ended the process; set once.
    private volatile boolean terminated;

    ContextProcess(Context ctx, Process process, Duration waitDelay) {
        this.ctx = ctx;
        this.process = process;
        this.waitDelay = waitDelay;
        this.out = new Pipe(process.getInputStream());
        this.err = new Pipe(process.getErrorStream());
        this.ending = ctx.afterFunc(DaemonThreads.executor(), this::terminate);
        process.onExit().thenRun(this::exited);
    }

    /// Runs when the context has ended.
    private void terminate() {
        if (!process.isAlive()) {
            return;
        }
        // Now: those whose parent is gone can no longer be found.
        List<ProcessHandle> family = process.descendants().toList();
        terminated = true;
        Registration killing = afterDelay(() -> kill(family));
        process.toHandle().destroy();
        family.forEach(ProcessHandle::destroy);
        if (family.isEmpty()) {
            process.onExit().thenRun(killing::stop);
        }
    }

    private void kill(List<ProcessHandle> family) {
        Stream.concat(Stream.of(process.toHandle()), family.stream())
                .flatMap(handle -> Stream.concat(Stream.of(handle), handle.descendants()))
                .toList() // before their parents are gone
                .forEach(ProcessHandle::destroyForcibly);
        out.limit();
        err.limit();
    }

    private void exited() {
        ending.stop();
        out.limit();
        err.limit();
    }

    @SuppressWarnings("ContextNotClosed") // it ends by itself when the delay is over, and the callback can be stopped
    private Registration afterDelay(Runnable action) {
        return ctx.withoutCancel().withTimeout(waitDelay, "wait delay").afterFunc(DaemonThreads.executor(), action);
    }

    // --------------------------------------------------------------------------------------------- waiting

    @Override
    public int waitFor() throws InterruptedException {
        int code = process.waitFor();
        checkContext();
        return code;
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        boolean exited = process.waitFor(timeout, unit);
        if (exited) {
            checkContext();
        }
        return exited;
    }

    /// For a process that has exited.
    private void checkContext() {
        ending.stop();
        if (terminated) {
            ctx.throwIfDone();
        }
    }

    @Override
    public CompletableFuture<Process> onExit() {
        return process.onExit().thenApply(exited -> this);
    }

    // ------------------------------------------------------------------------------------- the JDK's own

    @Override
    public InputStream getInputStream() {
        return out.buffered;
    }

    @Override
    public InputStream getErrorStream() {
        return err.buffered;
    }

    @Override
    public OutputStream getOutputStream() {
        return process.getOutputStream();
    }

    @Override
    public int exitValue() {
        return process.exitValue();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public boolean supportsNormalTermination() {
        return process.supportsNormalTermination();
    }

    @Override
    public void destroy() {
        process.destroy();
    }

    @Override
    public Process destroyForcibly() {
        process.destroyForcibly();
        return this;
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public ProcessHandle toHandle() {
        return process.toHandle();
    }

    @Override
    public ProcessHandle.Info info() {
        return process.info();
    }

    @Override
    public Stream<ProcessHandle> children() {
        return process.children();
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        return process.descendants();
    }

    /// The JDK's, with the pid and the exit code, and the context.
    @Override
    public String toString() {
        return process + " of " + ctx;
    }

    /// One of the process's outputs. Closing a pipe does not wake a thread that is blocked in reading it, so such a
    /// read is left to a daemon thread, from which its caller can part.
    private final class Pipe extends InputStream {

        private static final int CHUNK = 8192;

        private final InputStream in;
        final InputStream buffered = new BufferedInputStream(this);

        /// What a caller waits for.
        private volatile @Nullable CompletableFuture<byte[]> blocked;

        // Set once.
        private volatile boolean limited;
        private volatile boolean closed;
        private volatile boolean cut;

        Pipe(InputStream in) {
            this.in = in;
        }

        /// No read waits longer than the wait delay from now on.
        void limit() {
            limited = true;
            checkBlocked();
        }

        /// Fails the read that is blocked and all to come.
        void cut() {
            cut = true;
            try {
                close();
            } catch (IOException e) {
                // closed all the same
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            checkBlocked();
            in.close();
        }

        private void checkBlocked() {
            CompletableFuture<byte[]> read = blocked;
            if (read == null) {
                return;
            }
            if (closed) {
                read.completeExceptionally(new IOException("stream closed"));
            } else if (limited) {
                Registration cutting = afterDelay(this::cut);
                read.whenComplete((bytes, failure) -> cutting.stop());
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        /// Called by the stream that buffers this one, so by one thread at a time.
        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (available() > 0) {
                return in.read(bytes, offset, length);
            }
            byte[] read = await(Math.min(length, CHUNK));
            System.arraycopy(read, 0, bytes, offset, read.length);
            return read.length == 0 ? -1 : read.length;
        }

        /// Blocks until there is something to read.
        ///
        /// @return empty at the end
        private byte[] await(int length) throws IOException {
            CompletableFuture<byte[]> read = new CompletableFuture<>();
            blocked = read;
            try {
                checkBlocked();
                DaemonThreads.executor().execute(() -> read(length, read));
                return read.join();
            } catch (CompletionException e) {
                checkCut();
                if (e.getCause() instanceof IOException failure) {
                    throw failure;
                }
                throw e;
            } finally {
                blocked = null;
            }
        }

        private void read(int length, CompletableFuture<byte[]> read) {
            try {
                byte[] bytes = new byte[length];
                read.complete(Arrays.copyOf(bytes, Math.max(0, in.read(bytes))));
            } catch (Throwable e) {
                read.completeExceptionally(e);
            }
        }

        @Override
        public int available() throws IOException {
            checkCut(); // first: a read that has been given up holds the lock of the stream
            return in.available();
        }

        private void checkCut() throws IOException {
            if (!cut) {
                return;
            }
            if (terminated) {
                ctx.throwIfDone();
            }
            throw new IOException("output of an exited process still open after " + waitDelay
                    + "; redirect the output of what it leaves running");
        }
    }
}

package dev.ripcord.httpclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A thread that makes one blocking call.
final class Caller {

    /// The kind of thread.
    enum Kind {
        PLATFORM,
        VIRTUAL;

        Caller calls(Callable<?> call) {
            return new Caller(factory(), call);
        }

        ThreadFactory factory() {
            Thread.Builder builder = this == PLATFORM ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
            return builder.name("caller").factory();
        }
    }

    private final FutureTask<@Nullable Object> task;
    private final Thread thread;
    private volatile long endNanoTime;

    private Caller(ThreadFactory threads, Callable<?> call) {
        this.task = new FutureTask<>(() -> {
            try {
                return call.call();
            } finally {
                endNanoTime = System.nanoTime();
            }
        });
        this.thread = threads.newThread(task);
        thread.start();
    }

    void interrupt() {
        thread.interrupt();
    }

    /// When the call had returned or thrown.
    long endNanoTime() {
        return endNanoTime;
    }

    /// What the call threw, which it must within 10 s.
    Throwable failure() throws Exception {
        try {
            Object result = task.get(10, TimeUnit.SECONDS);
            throw new AssertionError("the call returned " + result);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isNotNull();
            return e.getCause();
        }
    }
}

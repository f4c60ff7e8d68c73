package dev.ripcord.jdbc;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.CountDownLatch;

/// A latch that fails, with the stacks of all platform threads, if it is not opened within 10 seconds.
final class Gate {

    private final CountDownLatch latch;

    Gate() {
        this(1);
    }

    /// A gate that opens with the last of `times` calls of [#open()].
    Gate(int times) {
        this.latch = new CountDownLatch(times);
    }

    void open() {
        latch.countDown();
    }

    boolean isOpen() {
        return latch.getCount() == 0;
    }

    void await() {
        try {
            if (!latch.await(10, SECONDS)) {
                throw new AssertionError("closed for 10 s, " + latch.getCount() + " to go" + stacks());
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted at a gate", e);
        }
    }

    private static String stacks() {
        StringBuilder text = new StringBuilder();
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            text.append("\n\n").append(thread);
            for (StackTraceElement frame : stack) {
                text.append("\n    at ").append(frame);
            }
        });
        return text.toString();
    }
}

package dev.ripcord.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.CountDownLatch;

/// A latch that fails, with the stacks of all platform threads, if it is not opened within 10 seconds.
public final class Gate {

    private final CountDownLatch latch;

    /// A gate that opens with the first call of [#open()].
    public Gate() {
        this(1);
    }

    /// A gate that opens with the last of several calls of [#open()].
    ///
    /// @param times how many
    public Gate(int times) {
        this.latch = new CountDownLatch(times);
    }

    /// Counts down.
    public void open() {
        latch.countDown();
    }

    /// Whether it has been opened often enough.
    ///
    /// @return true for good once it is true
    public boolean isOpen() {
        return latch.getCount() == 0;
    }

    /// Waits until it is open.
    ///
    /// @throws AssertionError after 10 seconds, or if the thread is interrupted
    public void await() {
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

    /// How many calls of [#open()] are missing.
    @Override
    public String toString() {
        return isOpen() ? "Gate(open)" : "Gate(" + latch.getCount() + " to go)";
    }
}

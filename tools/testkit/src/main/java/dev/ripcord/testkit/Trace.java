package dev.ripcord.testkit;

import java.util.List;

/// The stack of a call that a test is told about.
final class Trace extends Throwable {

    private static final long serialVersionUID = 1L;

    Trace(String what) {
        super(what + ", by thread " + Thread.currentThread().getName());
    }

    /// One that has no stack, and stands for all whose stack is not kept.
    Trace() {
        super("one of too many", null, false, false);
    }

    /// @param thread whose stack it is
    Trace(String what, Thread thread) {
        super(what + ", by thread " + thread.getName());
        setStackTrace(thread.getStackTrace());
    }

    /// The first place of `trace` that is neither Ripcord's nor the JDK's; the first of all if there is none.
    static String site(Throwable trace) {
        List<StackTraceElement> frames = List.of(trace.getStackTrace());
        return frames.stream()
                .filter(frame -> !isInside(frame))
                .findFirst()
                .or(() -> frames.stream().findFirst())
                .map(frame -> "at " + frame)
                .orElse("somewhere; too many to keep the stack of each");
    }

    private static boolean isInside(StackTraceElement frame) {
        String type = frame.getClassName();
        String ours = "dev.ripcord.";
        boolean core = type.startsWith(ours) && type.indexOf('.', ours.length()) < 0 && !type.contains("Test");
        return core || type.startsWith("dev.ripcord.spi.") || type.startsWith("java.") || isKit(type);
    }

    private static boolean isKit(String type) {
        return List.of(Ledger.class, LeakObserver.class, ManualClock.class, Trace.class).stream()
                .anyMatch(kit -> type.equals(kit.getName()) || type.startsWith(kit.getName() + "$"));
    }
}

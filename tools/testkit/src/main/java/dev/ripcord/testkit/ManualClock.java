package dev.ripcord.testkit;

import static java.util.Objects.requireNonNull;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Deadline;
import dev.ripcord.spi.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Time that passes when a test says so: the clock of all contexts that are derived from its [#root()].
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="clock"}
///
/// It is the time of their deadlines, of [dev.ripcord.Blocking#sleep], of [dev.ripcord.Done#await(Duration)], and of
/// whatever an integration computes from [Context#deadline()], such as a header or a query timeout.
///
/// ## Rules
///
/// - It begins at noon of the 23rd of November 2026, UTC, and stands still.
/// - [#advance] goes from deadline to deadline, in their order; equal ones in the order in which somebody began to
///   listen. At each it ends the context and waits for what that started: callbacks, and threads that waited in these
///   contexts.
/// - It waits until they have ended, or wait again: in a context of this clock, or for anything else for a while. So a
///   thread that sleeps in a loop sleeps as often as it would.
/// - If something runs on for 10 seconds, it gives up and tells what.
/// - A callback with an executor of the test's is handed over, and not waited for until that begins to run it.
/// - Code that reads [System#nanoTime()], or waits by other means than a context, does not see this clock.
/// - Contexts of different clocks can be joined: see [Context#anyOf].
///
/// ## Threads and memory
///
/// Each clock is independent, so tests that run at the same time do not disturb each other. One thread at a time
/// advances it; all other methods may be called by any.
public final class ManualClock implements InstantSource {

    /// The reading at the start: a second before it wraps, so that whoever compares readings instead of differences
    /// fails.
    private static final long ORIGIN = Long.MAX_VALUE - 1_000_000_000L;

    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

    /// As far as deadlines go.
    private static final long LONGEST_NANOS = 1L << 61;

    /// A thread that has waited so long for something else than a context is left to that.
    private static final long REST_NANOS = 10_000_000;

    // Nanoseconds since the start.
    private final AtomicLong elapsed = new AtomicLong();

    private final Time time = new Time();

    @SuppressWarnings("ContextInField") // a root belongs to its clock
    private final Context root = Context.of(time);

    /// Held while somebody advances.
    private final ReentrantLock advancing = new ReentrantLock();

    /// A clock that nobody else has.
    public ManualClock() {}

    /// The root of the contexts that have this clock: as [Context#background()], but with this clock.
    ///
    /// @return always the same
    public Context root() {
        return root;
    }

    /// How long it has been moved since it was made.
    ///
    /// @return zero at first
    public Duration elapsed() {
        return Duration.ofNanos(elapsed.get());
    }

    /// The wall clock that goes with it.
    @Override
    public Instant instant() {
        return NOON.plusNanos(elapsed.get());
    }

    /// A moment on this clock.
    ///
    /// @param duration from now; may be negative
    /// @return for [Context#withDeadline(Deadline)]
    public Deadline deadlineAfter(Duration duration) {
        requireNonNull(duration, "duration");
        try (CancellableContext now = root.withTimeout(Duration.ZERO)) {
            return now.deadline().orElseThrow().plus(duration);
        }
    }

    // ----------------------------------------------------------------------------------------- moving it

    /// Lets `duration` pass, and everything happen that is due on the way.
    ///
    /// @param duration zero or more
    /// @throws IllegalArgumentException if it is negative, or the clock would have been moved by more than 73 years
    /// @throws IllegalStateException if another thread advances this clock
    /// @throws AssertionError if what was started by that runs on for 10 seconds
    public void advance(Duration duration) {
        long target = target(duration);
        if (!advancing.tryLock()) {
            throw new IllegalStateException(
                    "the clock is being advanced by another thread; a callback cannot advance its own clock");
        }
        try {
            if (advancing.getHoldCount() > 1) {
                throw new IllegalStateException("the clock is being advanced by this thread");
            }
            time.begin();
            settle();
            ringUntil(target);
            elapsed.set(target);
            // Who armed a timer meanwhile reads the clock after that: he rings it himself, or it is rung here.
            ringUntil(target);
        } finally {
            time.end();
            advancing.unlock();
        }
    }

    private void ringUntil(long target) {
        for (Timer due = time.takeDue(target); due != null; due = time.takeDue(target)) {
            elapsed.accumulateAndGet(due.nanos, Math::max);
            due.alarm.ring();
            settle();
        }
    }

    /// Lets `duration` pass, but nothing happen: no timer notices. Whoever asks a context does, since the clock
    /// decides.
    ///
    /// @param duration zero or more
    /// @throws IllegalArgumentException if it is negative, or the clock would have been moved by more than 73 years
    public void pass(Duration duration) {
        elapsed.set(target(duration));
    }

    private long target(Duration duration) {
        if (requireNonNull(duration, "duration").isNegative()) {
            throw new IllegalArgumentException("duration < 0: " + duration + "; a clock does not go back");
        }
        long now = elapsed.get();
        if (duration.compareTo(Duration.ofNanos(LONGEST_NANOS - now)) > 0) {
            throw new IllegalArgumentException("duration too long: " + duration + "; a clock goes for 73 years");
        }
        return now + duration.toNanos();
    }

    // ----------------------------------------------------------------------------------------- looking at it

    /// How many deadlines are armed: those that somebody listens to.
    ///
    /// @return zero if [#advance] would do nothing but move the clock
    public int timers() {
        return time.size();
    }

    /// Waits until at least `threads` threads wait for the end of contexts of this clock, or sleep in one: before that,
    /// to advance it would be too early for them.
    ///
    /// @param threads how many
    /// @throws AssertionError after 10 seconds
    public void awaitWaiting(int threads) {
        if (!RealTime.holds(() -> time.waiting() >= threads)) {
            throw new AssertionError(
                    time.waiting() + " instead of " + threads + " threads wait in contexts of the clock after 10 s");
        }
    }

    /// What has passed, and how many timers are armed.
    @Override
    public String toString() {
        return "ManualClock(" + elapsed() + ", " + timers() + " timers)";
    }

    // ------------------------------------------------------------------------------------------- settling

    /// Waits until nothing runs any more that this advance has started.
    private void settle() {
        Rest rest = new Rest();
        if (!RealTime.holds(() -> time.running().noneMatch(runs -> !rest.isReached(runs)))) {
            String what = time.running()
                    .filter(runs -> !rest.isReached(runs))
                    .map(Running::toString)
                    .collect(Collectors.joining("\n"));
            throw new AssertionError("the clock cannot go on, because for 10 s this has been running:\n" + what);
        }
    }

    /// Something that this advance has started.
    ///
    /// @param thread that runs it, or null if there is none yet
    private record Running(String what, @Nullable Thread thread) {

        @Override
        public String toString() {
            String stack = thread == null
                    ? ""
                    : Stream.of(thread.getStackTrace())
                            .map(frame -> "\n    at " + frame)
                            .collect(Collectors.joining());
            return what + stack;
        }
    }

    /// What has been seen of threads that wait for something else.
    private final class Rest {

        private record Look(long nanoTime, List<StackTraceElement> stack) {}

        private final Map<Thread, Look> first = new HashMap<>();

        boolean isReached(Running runs) {
            Thread thread = runs.thread;
            if (thread == null) {
                return false;
            }
            if (!thread.isAlive() || time.isWaiting(thread)) {
                return true;
            }
            if (!Threads.isParked(thread)) {
                first.remove(thread);
                return false;
            }
            Look now = new Look(System.nanoTime(), List.of(thread.getStackTrace()));
            Look before = first.putIfAbsent(thread, now);
            if (before != null && !before.stack.equals(now.stack)) {
                first.put(thread, now);
                return false;
            }
            return before != null && now.nanoTime - before.nanoTime >= REST_NANOS;
        }
    }

    // ------------------------------------------------------------------------------------------- the seam

    /// An armed deadline.
    ///
    /// @param nanos since the start
    /// @param number in the order of arming
    private record Timer(long nanos, long number, ManualTime.Alarm alarm) {}

    /// What the core is given.
    private final class Time implements ManualTime {

        // Guarded by this.
        private final TreeSet<Timer> timers =
                new TreeSet<>(Comparator.comparingLong(Timer::nanos).thenComparingLong(Timer::number));
        private final Map<Alarm, Timer> byAlarm = new HashMap<>();
        private final Set<Listener> waits = new HashSet<>();
        private final List<Listener> callbacks = new ArrayList<>();
        private final Set<Thread> woken = new HashSet<>();
        private @Nullable Thread advancer;
        private long armed;

        @Override
        public long nanoTime() {
            return ORIGIN + elapsed.get();
        }

        @Override
        public Instant instant() {
            return ManualClock.this.instant();
        }

        @Override
        public synchronized void arm(Alarm alarm) {
            Timer timer = new Timer(alarm.nanos() - ORIGIN, armed++, alarm);
            timers.add(timer);
            byAlarm.put(alarm, timer);
        }

        @Override
        public synchronized void disarm(Alarm alarm) {
            Timer timer = byAlarm.remove(alarm);
            if (timer != null) {
                timers.remove(timer);
            }
        }

        synchronized @Nullable Timer takeDue(long target) {
            if (timers.isEmpty() || timers.first().nanos > target) {
                return null;
            }
            Timer due = timers.removeFirst();
            byAlarm.remove(due.alarm);
            return due;
        }

        synchronized int size() {
            return timers.size();
        }

        // Who runs

        synchronized void begin() {
            advancer = Thread.currentThread();
        }

        synchronized void end() {
            advancer = null;
            woken.clear();
        }

        @Override
        public void made(Context scope, @Nullable Context parent) {
            LeakObserver.INSTANCE.made(scope, parent);
        }

        @Override
        public void listens(Listener listener) {
            boolean waits = listener.thread().isPresent();
            synchronized (this) {
                if (waits) {
                    this.waits.add(listener);
                } else {
                    callbacks.removeIf(callback -> !callback.isListening() && !callback.isRunning());
                    callbacks.add(listener);
                }
            }
            LeakObserver.INSTANCE.listens(listener);
        }

        @Override
        public void left(Listener listener) {
            synchronized (this) {
                waits.remove(listener);
                Thread thread = Thread.currentThread();
                if (advancer != null && advancer != thread) {
                    woken.add(thread);
                }
            }
            LeakObserver.INSTANCE.left(listener);
        }

        @Override
        public void forked(Context scope, Thread thread) {
            synchronized (this) {
                if (advancer != null) {
                    woken.add(thread);
                }
            }
            LeakObserver.INSTANCE.forked(scope, thread);
        }

        synchronized int waiting() {
            return (int) waits.stream()
                    .filter(wait -> wait.isListening()
                            && wait.thread().map(Threads::isParked).orElse(false))
                    .count();
        }

        synchronized boolean isWaiting(Thread thread) {
            return Threads.isParked(thread)
                    && waits.stream().anyMatch(wait -> wait.isListening() && isOf(wait, thread));
        }

        private static boolean isOf(Listener wait, Thread thread) {
            return wait.thread().filter(thread::equals).isPresent();
        }

        synchronized Stream<Running> running() {
            List<Running> found = new ArrayList<>();
            for (Listener callback : callbacks) {
                if (callback.isRunning()) {
                    found.add(new Running(callback.toString(), callback.thread().orElse(null)));
                }
            }
            for (Listener wait : waits) {
                Optional<Thread> thread = wait.thread();
                if (!wait.isListening()
                        && thread.isPresent()
                        && thread.get() != advancer
                        && thread.get().isAlive()) {
                    found.add(new Running(wait + ", whose context has ended", null));
                }
            }
            for (Thread thread : woken) {
                if (thread.isAlive()) {
                    found.add(new Running(thread + ", which waited in a context", thread));
                }
            }
            return found.stream();
        }

        /// The root's part of a path.
        @Override
        public String toString() {
            return "test";
        }
    }
}

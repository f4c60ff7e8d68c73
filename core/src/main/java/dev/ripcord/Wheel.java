package dev.ripcord;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A hierarchical timing wheel: arms and disarms a timer in O(1), and never loses the exact deadline.
///
/// Time is cut into ticks of 2^20 ns. Level 0 has a bucket for each of 64 ticks, and each level above has buckets 64
/// times as long; eight levels span more than the clock can show. A timer lies on the level of the highest digit
/// (base 64) in which its tick differs from the current one, so all timers of a level are due before those of the
/// next, and the first bucket in use is the lowest bit of the lowest bitmap that is not zero. A bucket above level 0
/// is dealt out to the levels below when its time begins. Within a bucket of level 0 the exact deadlines count: when
/// its tick begins, those that are not due are set aside, to be looked at again when the first of them is.
///
/// ## Invariants
///
/// 1. All fields, and the links of all timers in the wheel, are guarded by `lock`.
/// 2. `lock` is held for a few instructions, or for [#BATCH] timers at most. No other lock is taken and no node is
///    asked while it is held.
/// 3. Bit `s` of `used[l]` is set exactly when `buckets[64 * l + s]` is not null.
/// 4. No timer in the wheel has a tick before `tick`: a deadline in the past counts as the current tick.
/// 5. While `dealing` is a bucket, nothing is put into it, and nothing is taken from another: its timers may be due
///    before all others. Timers are set aside only by the thread that advances, which first deals them out again.
final class Wheel {

    static final long NEVER = Long.MAX_VALUE;

    private static final int TICK_SHIFT = 20;
    private static final int LEVEL_SHIFT = 6;
    private static final int SLOTS = 1 << LEVEL_SHIFT;
    private static final int LEVELS = 8;

    /// The bucket of timers that are due within the current tick, but not yet.
    private static final int ASIDE = LEVELS * SLOTS;

    private static final int NONE = -1;

    /// What [#advanceSome] says when it has not come to an end.
    private static final long MORE = -1;

    private static final int BATCH = 64;
    private static final int SPINS = 64;

    private static final VarHandle LOCK;

    static {
        try {
            LOCK = MethodHandles.lookup().findVarHandle(Wheel.class, "lock", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long origin;
    private final @Nullable Timer[] buckets = new @Nullable Timer[LEVELS * SLOTS + 1];
    private final long[] used = new long[LEVELS + 1];
    private long tick;

    /// The bucket that is being dealt out to others, or NONE.
    private int dealing = NONE;

    /// The earliest of the timers that have been set aside; those that have left may have been earlier.
    private long earliestAside = NEVER;

    // 1 while held.
    @SuppressWarnings("UnusedVariable") // through LOCK
    private int lock;

    /// @param origin the clock's reading that all times here are relative to; not later than any reading to come
    Wheel(long origin) {
        this.origin = origin;
    }

    void arm(Timer timer) {
        lock();
        try {
            if (timer.bucket == Timer.NEW) {
                insert(timer);
            }
        } finally {
            unlock();
        }
    }

    void disarm(Timer timer) {
        lock();
        try {
            if (timer.bucket >= 0) {
                unlink(timer);
            }
            timer.bucket = Timer.OUT;
        } finally {
            unlock();
        }
    }

    /// Takes out what is due at `now` and hands it to `due`, with the lock held. Called by one thread at a time.
    ///
    /// @return when there is something to do next, in nanoseconds since the origin, or [#NEVER]
    long advance(long now, Consumer<DeadlineNode> due) {
        lock();
        dealing = ASIDE;
        earliestAside = NEVER;
        unlock();
        long next = MORE;
        while (next == MORE) {
            lock();
            try {
                next = advanceSome(now - origin, due);
            } finally {
                unlock();
            }
        }
        return next;
    }

    private long advanceSome(long elapsed, Consumer<DeadlineNode> due) {
        for (int looks = 0; looks < BATCH; looks++) {
            if (dealing != NONE) {
                dealOne();
                continue;
            }
            int level = firstLevel();
            long start = level < 0 ? NEVER : start(level);
            if (start > elapsed >>> TICK_SHIFT) {
                tick = elapsed >>> TICK_SHIFT;
                return level < 0 ? earliestAside : Math.min(earliestAside, start << TICK_SHIFT);
            }
            tick = start;
            if (level > 0) {
                dealing = bucket(level);
            } else {
                takeOne(bucket(level), elapsed, due);
            }
        }
        return MORE;
    }

    private int firstLevel() {
        for (int level = 0; level < LEVELS; level++) {
            if (used[level] != 0) {
                return level;
            }
        }
        return -1;
    }

    /// The first bucket in use on `level`.
    private int bucket(int level) {
        return level * SLOTS + Long.numberOfTrailingZeros(used[level]);
    }

    /// The tick at which the first bucket in use on `level` begins.
    private long start(int level) {
        int shift = level * LEVEL_SHIFT;
        long slot = Long.numberOfTrailingZeros(used[level]);
        return ((tick >>> (shift + LEVEL_SHIFT)) << (shift + LEVEL_SHIFT)) + (slot << shift);
    }

    private void dealOne() {
        Timer timer = buckets[dealing];
        if (timer == null) {
            dealing = NONE;
        } else {
            unlink(timer);
            insert(timer);
        }
    }

    /// Takes the first timer out of a bucket whose tick has begun: it is due, or set aside.
    private void takeOne(int bucket, long elapsed, Consumer<DeadlineNode> due) {
        Timer timer = buckets[bucket];
        assert timer != null : "invariant 3";
        if (timer.dueAt(origin) <= elapsed) {
            due.accept(timer.node); // first: should it fail, the timer stays
            unlink(timer);
            timer.bucket = Timer.OUT;
        } else {
            unlink(timer);
            link(timer, ASIDE);
            earliestAside = Math.min(earliestAside, timer.dueAt(origin));
        }
    }

    private void insert(Timer timer) {
        long due = Math.max(tick, timer.dueAt(origin) >>> TICK_SHIFT);
        int level = (63 - Long.numberOfLeadingZeros((due ^ tick) | 1)) / LEVEL_SHIFT;
        int slot = (int) (due >>> (level * LEVEL_SHIFT)) & (SLOTS - 1);
        link(timer, level * SLOTS + slot);
    }

    private void link(Timer timer, int bucket) {
        timer.bucket = (short) bucket;
        timer.later = buckets[bucket];
        if (timer.later != null) {
            timer.later.earlier = timer;
        }
        buckets[bucket] = timer;
        used[bucket / SLOTS] |= 1L << bucket;
    }

    /// Takes the timer out of its bucket, and leaves it to the caller to say where it is now.
    private void unlink(Timer timer) {
        int bucket = timer.bucket;
        if (timer.earlier == null) {
            buckets[bucket] = timer.later;
        } else {
            timer.earlier.later = timer.later;
        }
        if (timer.later != null) {
            timer.later.earlier = timer.earlier;
        }
        if (buckets[bucket] == null) {
            used[bucket / SLOTS] &= ~(1L << bucket);
        }
        timer.earlier = null;
        timer.later = null;
    }

    /// As [ScopeNode]'s: whoever finds it taken waits for a few instructions or a batch.
    @SuppressWarnings("ThreadPriorityCheck") // the yield only saves cycles; nothing depends on it
    private void lock() {
        int spins = 0;
        while (!LOCK.compareAndSet(this, 0, 1)) {
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    private void unlock() {
        LOCK.setRelease(this, 0);
    }

    /// A deadline node's place in its parent's list and in a wheel: one object, because every listener to a deadline
    /// needs both.
    ///
    /// ```text
    ///   NEW ──engage──▶ in a bucket ──due, release──▶ OUT
    ///    └────────────────release──────────────────────▲
    /// ```
    ///
    /// `engage` after `release`, and `release` of a timer that is out, are no-ops.
    static final class Timer extends Link.Child {

        private static final short NEW = -1;
        private static final short OUT = -2;
        private static final short ELSEWHERE = -3;

        private final DeadlineNode node;
        final short stripe;

        // Guarded by the wheel's lock. OUT is final, so whoever sees it need not lock.
        private short bucket = NEW;
        private @Nullable Timer earlier;
        private @Nullable Timer later;

        /// @param stripe the number of the wheel
        Timer(DeadlineNode node, int stripe) {
            this.node = node;
            this.stripe = (short) stripe;
            if (node.parent == null) {
                state(COMPLETE);
            }
        }

        @Override
        DeadlineNode node() {
            return node;
        }

        @Override
        void engage() {
            node.values.time.arm(this);
        }

        @Override
        void release() {
            if (bucket != OUT) {
                node.values.time.disarm(this);
            }
        }

        /// The same as to be put into a bucket, for who keeps timers without a wheel. Guarded by a lock of his.
        ///
        /// @return whether it has not been taken out before
        boolean armElsewhere() {
            boolean fresh = bucket == NEW;
            if (fresh) {
                bucket = ELSEWHERE;
            }
            return fresh;
        }

        /// Takes that back, for good.
        ///
        /// @return whether it was there
        boolean disarmElsewhere() {
            boolean there = bucket == ELSEWHERE;
            bucket = OUT;
            return there;
        }

        private long dueAt(long origin) {
            return Math.max(0, node.deadlineNanos - origin);
        }
    }
}

package dev.ripcord;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A hierarchical timing wheel: arms and disarms a timer in O(1), and never loses the exact deadline.
///
/// Time is cut into ticks of 2^20 ns. Level 0 has a bucket for each of 64 ticks, and each level above has buckets 64
/// times as long; eight levels span more than the clock can show. A timer lies on the level of the highest digit
/// (base 64) in which its tick differs from the current one, so all timers of a level are due before those of the
/// next, and the first bucket in use is the lowest bit of the lowest bitmap that is not zero. A bucket above level 0
/// is dealt out to the levels below when its time begins; within a bucket of level 0 the exact deadlines count.
///
/// ## Invariants
///
/// 1. All fields, and the links of all timers in the wheel, are guarded by `lock`.
/// 2. No other lock is taken and no node is asked while `lock` is held.
/// 3. Bit `s` of `used[l]` is set exactly when `buckets[64 * l + s]` is not null.
/// 4. No timer in the wheel has a tick before `tick`: a deadline in the past counts as the current tick.
final class Wheel {

    static final long NEVER = Long.MAX_VALUE;

    private static final int TICK_SHIFT = 20;
    private static final int LEVEL_SHIFT = 6;
    private static final int SLOTS = 1 << LEVEL_SHIFT;
    private static final int LEVELS = 8;

    private final ReentrantLock lock = new ReentrantLock();
    private final long origin;
    private final @Nullable Timer[] buckets = new @Nullable Timer[LEVELS * SLOTS];
    private final long[] used = new long[LEVELS];
    private long tick;

    /// @param origin the clock's reading that all times here are relative to; not later than any reading to come
    Wheel(long origin) {
        this.origin = origin;
    }

    private void arm(Timer timer) {
        lock.lock();
        try {
            if (timer.bucket == Timer.NEW) {
                insert(timer);
            }
        } finally {
            lock.unlock();
        }
    }

    private void disarm(Timer timer) {
        lock.lock();
        try {
            if (timer.bucket >= 0) {
                unlink(timer);
            }
            timer.bucket = Timer.OUT;
        } finally {
            lock.unlock();
        }
    }

    /// Takes out what is due at `now` and hands it to `due`, with the lock held.
    ///
    /// @return when there is something to do next, in nanoseconds since the origin, or [#NEVER]
    long advance(long now, Consumer<DeadlineNode> due) {
        long elapsed = now - origin;
        lock.lock();
        try {
            while (true) {
                int level = firstLevel();
                if (level < 0) {
                    tick = elapsed >>> TICK_SHIFT;
                    return NEVER;
                }
                long start = start(level);
                if (start > elapsed >>> TICK_SHIFT) {
                    tick = elapsed >>> TICK_SHIFT;
                    return level == 0 ? earliest(bucket(level)) : start << TICK_SHIFT;
                }
                tick = start;
                if (level > 0) {
                    dealOut(bucket(level));
                } else if (!takeDue(bucket(level), elapsed, due)) {
                    return earliest(bucket(level));
                }
            }
        } finally {
            lock.unlock();
        }
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

    private void dealOut(int bucket) {
        Timer timer = buckets[bucket];
        buckets[bucket] = null;
        used[bucket / SLOTS] &= ~(1L << bucket);
        while (timer != null) {
            Timer next = timer.later;
            insert(timer);
            timer = next;
        }
    }

    /// Returns whether the whole bucket was due.
    private boolean takeDue(int bucket, long elapsed, Consumer<DeadlineNode> due) {
        Timer timer = buckets[bucket];
        while (timer != null) {
            Timer next = timer.later;
            if (timer.dueAt(origin) <= elapsed) {
                unlink(timer);
                due.accept(timer.node);
            }
            timer = next;
        }
        return buckets[bucket] == null;
    }

    private long earliest(int bucket) {
        long earliest = NEVER;
        for (Timer timer = buckets[bucket]; timer != null; timer = timer.later) {
            earliest = Math.min(earliest, timer.dueAt(origin));
        }
        return earliest;
    }

    private void insert(Timer timer) {
        long due = Math.max(tick, timer.dueAt(origin) >>> TICK_SHIFT);
        int level = (63 - Long.numberOfLeadingZeros((due ^ tick) | 1)) / LEVEL_SHIFT;
        int slot = (int) (due >>> (level * LEVEL_SHIFT)) & (SLOTS - 1);
        timer.bucket = (short) (level * SLOTS + slot);
        timer.earlier = null;
        timer.later = buckets[timer.bucket];
        if (timer.later != null) {
            timer.later.earlier = timer;
        }
        buckets[timer.bucket] = timer;
        used[level] |= 1L << slot;
    }

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
        timer.bucket = Timer.OUT;
        timer.earlier = null;
        timer.later = null;
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

        private final DeadlineNode node;
        private final short stripe;

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
        ScopeNode node() {
            return node;
        }

        @Override
        void engage() {
            wheel().arm(this);
            node.values.time.armed(node);
        }

        @Override
        void release() {
            if (bucket != OUT) {
                wheel().disarm(this);
            }
        }

        private Wheel wheel() {
            return node.values.time.wheel(stripe);
        }

        private long dueAt(long origin) {
            return Math.max(0, node.deadlineNanos - origin);
        }
    }
}

package dev.ripcord;

import dev.ripcord.Forest.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Random trees of all kinds of contexts, and random things done to them. A failure names its seed; to try that one
/// alone, say `-Dstress.seed=42`.
@Timeout(value = 1, unit = TimeUnit.HOURS)
class TreeTest {

    private static final int TRIES = Integer.getInteger("stress.tries", 500);
    private static final int STEPS = 60;

    /// What is tried with each seed.
    interface Property {
        void check(long seed) throws Exception;
    }

    /// @param name of the test
    private static void forAllSeeds(String name, Property property) throws Exception {
        Long one = Long.getLong("stress.seed");
        if (one != null) {
            property.check(one);
            return;
        }
        long first = System.nanoTime();
        for (long seed = first; seed < first + TRIES; seed++) {
            try {
                property.check(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dstress.seed=%d: %s".formatted(seed, e.getMessage()), e);
            }
        }
        Findings.add("TreeTest: %s, %,d trees".formatted(name, TRIES), "always so");
    }

    /// One thread: every answer of every context after every step is the model's.
    @Test
    void everyAnswerIsTheModels() throws Exception {
        forAllSeeds("every answer is the model's", seed -> {
            List<Step> steps = Step.random(new SplittableRandom(seed), STEPS);
            AssertionError error = failure(steps);
            if (error != null) {
                List<Step> shortest = shrunk(steps);
                throw new AssertionError(shortest + ": " + failure(shortest), error);
            }
        });
    }

    private static @Nullable AssertionError failure(List<Step> steps) {
        Forest forest = new Forest();
        try {
            for (Step step : steps) {
                forest.take(step);
                forest.compare();
            }
            forest.endAndAssertNothingIsLeft();
            return null;
        } catch (AssertionError e) {
            return e;
        }
    }

    /// The steps without those that the failure does not need.
    private static List<Step> shrunk(List<Step> steps) {
        List<Step> left = new ArrayList<>(steps);
        for (int i = left.size() - 1; i >= 0; i--) {
            Step removed = left.remove(i);
            if (failure(left) == null) {
                left.add(i, removed);
            }
        }
        return left;
    }

    /// One thread that does not ask in between: nothing is noticed before it must be, and still no end is missed.
    @Test
    void noEndIsMissedThoughNobodyAsked() throws Exception {
        forAllSeeds("no end is missed though nobody asked", seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            Forest forest = grown(random);
            for (Step step : Step.random(random, STEPS)) {
                forest.takeAmongOthers(step, true);
            }

            forest.assertConsistent();
            forest.endAndAssertNothingIsLeft();
        });
    }

    /// Three threads that cancel, listen, stop, derive and ask, one of which moves the clock.
    @ParameterizedTest
    @EnumSource
    void whateverTheOrderEveryEndComesFromAboveAndNothingIsLeft(Threads threads) throws Exception {
        forAllSeeds("three threads, " + threads.name().toLowerCase(Locale.ROOT), seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            Forest forest = grown(random);
            List<Threads.Job> jobs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                boolean keeper = i == 0;
                List<Step> steps = Step.random(random, STEPS);
                jobs.add(threads.start(() -> {
                    for (Step step : steps) {
                        forest.takeAmongOthers(step, keeper);
                    }
                }));
            }
            jobs.forEach(Threads.Job::join);

            forest.assertConsistent();
            forest.endAndAssertNothingIsLeft();
        });
    }

    private static Forest grown(SplittableRandom random) {
        Forest forest = new Forest();
        for (Step step : Step.random(random, STEPS)) {
            if (step.kind().grows()) {
                forest.take(step);
            }
        }
        return forest;
    }
}

package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Race.Cause;
import dev.ripcord.Race.Counter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Contexts of all kinds, grown by random steps, and beside each what it is in a [TreeModel].
///
/// Time is a manual clock, read in microseconds. All deadlines differ, and their moments are their names.
final class Forest {

    private static final List<Key<Integer>> KEYS =
            List.of(Key.of("a", Integer.class), Key.of("b", Integer.class), Key.of("c", Integer.class));

    private static final List<Kind> KINDS = List.copyOf(EnumSet.allOf(Kind.class));

    private final ManualClock clock = new ManualClock();
    private final TreeModel model = new TreeModel();
    private final List<Tree> trees = new ArrayList<>();
    private final List<Foreign> foreign = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final TreeSet<Long> deadlines = new TreeSet<>();
    private long now;

    /// What may be done. The numbers of a step are taken modulo what there is, so it makes sense in any forest.
    enum Kind {
        WITH_CANCEL,
        WITH_TIMEOUT,
        WITH_DEADLINE,
        WITH_VALUE,
        WITHOUT_CANCEL,
        ANY_OF,
        WITH_FOREIGN,
        LISTEN,
        STOP,
        CANCEL,
        CLOSE,
        CANCEL_FOREIGN,
        ADVANCE,
        PASS;

        boolean grows() {
            return compareTo(LISTEN) <= 0;
        }
    }

    record Step(Kind kind, int on, int with, int amount) {

        static List<Step> random(RandomGenerator random, int count) {
            return IntStream.range(0, count)
                    .mapToObj(i -> new Step(
                            KINDS.get(random.nextInt(KINDS.size())),
                            random.nextInt(1 << 20),
                            random.nextInt(1 << 20),
                            random.nextInt(1 << 20)))
                    .toList();
        }
    }

    /// A context, what it may end with, and its model.
    private record Tree(Context context, List<Tree> above, Set<String> own, TreeModel.Node model) {

        String end() {
            String end = Race.end(context);
            return end.equals("late")
                    ? "late "
                            + ((DeadlineExceededException) context.err().orElseThrow())
                                    .name()
                                    .orElse("")
                    : end;
        }

        @Override
        public String toString() {
            return context.toString();
        }
    }

    /// Another library's context, and ours that joins it.
    private record Foreign(Tree tree, Signal signal) {}

    private static final class Listener {

        final Tree tree;
        final Counter calls = new Counter();
        final Registration registration;
        volatile boolean stopped;

        Listener(Tree tree) {
            this.tree = tree;
            this.registration = tree.context.afterFunc(calls);
        }
    }

    Forest() {
        add(clock.root().withCancel(), List.of(), Optional.empty(), Map.of());
    }

    private TreeModel.Node add(Context context, List<Tree> above, Optional<Long> deadline, Map<Key<?>, Object> values) {
        TreeModel.Node node = model.add(above.stream().map(Tree::model).toList(), deadline, values);
        model.notice(now);
        trees.add(new Tree(context, above, ConcurrentHashMap.newKeySet(), node));
        return node;
    }

    // --------------------------------------------------------------------------------------- one step at a time

    /// Takes one step in both worlds, and compares what it returns.
    void take(Step step) {
        Tree on = trees.get(step.on % trees.size());
        Tree with = trees.get(step.with % trees.size());
        Map<Key<?>, Object> values = on.model.values;
        switch (step.kind) {
            case WITH_CANCEL -> add(on.context.withCancel(), List.of(on), Optional.empty(), values);
            case WITH_TIMEOUT -> {
                long moment = moment(step.amount);
                var child = on.context.withTimeout(micros(moment - now), String.valueOf(moment));
                add(child, List.of(on), Optional.of(moment), values);
            }
            case WITH_DEADLINE -> {
                long moment = moment(step.amount);
                Deadline deadline = new Deadline(clock, clock.nanoTime() + 1_000 * (moment - now));
                var child = on.context.withDeadline(deadline, String.valueOf(moment));
                add(child, List.of(on), Optional.of(moment), values);
            }
            case WITH_VALUE -> {
                Key<Integer> key = KEYS.get(step.with % KEYS.size());
                Integer value = step.amount % 5 == 0 ? null : step.amount;
                add(on.context.withValue(key, value), List.of(on), Optional.empty(), values)
                        .values
                        .put(key, value);
            }
            case WITHOUT_CANCEL -> add(on.context.withoutCancel(), List.of(), Optional.empty(), values);
            case ANY_OF -> {
                Tree third = trees.get(step.amount % trees.size());
                Context either = Context.anyOf(on.context, with.context, third.context);
                add(either, List.of(on, with, third), Optional.empty(), values);
            }
            case WITH_FOREIGN -> {
                Signal signal = new Signal();
                Context joined = Context.of(signal);
                TreeModel.Node node = model.add(List.of(), Optional.empty(), Map.of());
                Tree other = new Tree(joined, List.of(), ConcurrentHashMap.newKeySet(), node);
                foreign.add(new Foreign(other, signal));
                add(Context.anyOf(on.context, joined), List.of(on, other), Optional.empty(), values);
            }
            case LISTEN -> listeners.add(new Listener(on));
            case STOP -> {
                if (!listeners.isEmpty()) {
                    Listener listener = listeners.get(step.on % listeners.size());
                    boolean expected = !listener.stopped && listener.tree.model.isLive();
                    assertThat(listener.registration.stop())
                            .as("stop under %s", listener.tree)
                            .isEqualTo(expected);
                    listener.stopped |= expected;
                }
            }
            case CANCEL -> {
                if (on.context instanceof CancellableContext scope) {
                    String why = "cancelled by " + step.amount;
                    assertThat(scope.cancel(new Cause(why)))
                            .as("cancel of %s", on)
                            .isEqualTo(model.end(on.model, why));
                }
            }
            case CLOSE -> {
                if (on.context instanceof CancellableContext scope) {
                    scope.close();
                    model.end(on.model, "cancelled");
                }
            }
            case CANCEL_FOREIGN -> {
                if (!foreign.isEmpty()) {
                    Foreign one = foreign.get(step.on % foreign.size());
                    String why = "foreign " + step.amount;
                    if (model.end(one.tree.model, why)) {
                        one.signal.cancel(new Cause(why));
                    }
                }
            }
            case ADVANCE, PASS -> letPass(step.amount % 3_000, step.kind == Kind.ADVANCE);
        }
    }

    /// A moment up to 3 ms from now that is no deadline's yet, or one that has passed.
    private long moment(int amount) {
        long moment = now + amount % 4_000 - 1_000;
        while (!deadlines.add(moment)) {
            moment++;
        }
        return moment;
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(1_000 * micros);
    }

    /// Stops at each deadline on the way, to ask who has ended; `timers` says whether they fire before.
    private void letPass(long micros, boolean timers) {
        long target = now + micros;
        for (Long stop = deadlines.higher(now); now < target; stop = deadlines.higher(now)) {
            long next = stop == null ? target : Math.min(stop, target);
            if (timers) {
                clock.advance(micros(next - now));
            } else {
                clock.pass(micros(next - now));
            }
            now = next;
            model.notice(now);
            compare();
        }
    }

    /// Compares all answers of all contexts with the model's.
    void compare() {
        for (Tree tree : trees) {
            assertThat(tree.end()).as("end of %s", tree).isEqualTo(tree.model.end);
            assertThat(tree.context
                            .deadline()
                            .map(deadline -> now + deadline.remaining().toNanos() / 1_000))
                    .as("deadline of %s", tree)
                    .isEqualTo(tree.model.deadline());
            for (Key<Integer> key : KEYS) {
                assertThat((Object) tree.context.value(key))
                        .as("value of %s in %s", key, tree)
                        .isEqualTo(tree.model.values.get(key));
            }
        }
    }

    // ------------------------------------------------------------------------------------- several at the same time

    /// Takes a step that does not grow the forest, in the real world alone; the model cannot know the order.
    ///
    /// @param keeper of the clock: one thread alone moves it
    void takeAmongOthers(Step step, boolean keeper) throws InterruptedException {
        Tree on = trees.get(step.on % trees.size());
        switch (step.kind) {
            case CANCEL, CLOSE -> {
                if (on.context instanceof CancellableContext scope && step.amount % 4 == 0) {
                    String why = "cancelled by " + step.amount;
                    on.own.add(why);
                    boolean first = scope.cancel(new Cause(why));
                    assertThat(on.end().equals(why))
                            .as("%s was cancelled, and says so", on)
                            .isEqualTo(first);
                }
            }
            case CANCEL_FOREIGN -> {
                if (!foreign.isEmpty()) {
                    Foreign one = foreign.get(step.on % foreign.size());
                    if (one.tree.own.add("foreign")) {
                        one.signal.cancel(new Cause("foreign"));
                    }
                }
            }
            case ADVANCE -> {
                if (keeper) {
                    now += step.amount % 500;
                    clock.advance(micros(step.amount % 500));
                }
            }
            case LISTEN, STOP -> {
                Listener listener = new Listener(on);
                if (step.amount % 2 == 0) {
                    listener.stopped = listener.registration.stopAndAwait();
                    assertThat(listener.calls.calls()).isEqualTo(listener.stopped ? 0 : 1);
                } else {
                    synchronized (listeners) {
                        listeners.add(listener);
                    }
                }
            }
            case WITH_CANCEL, WITH_TIMEOUT -> {
                Context child =
                        Race.chain(on.context.withCancel(), step.amount % 12).withTimeout(Duration.ofHours(1));
                String early = Race.end(on.context);
                assertThat(Race.end(child)).isIn(early, Race.end(on.context));
            }
            default -> on.end();
        }
    }

    /// Whatever the order was: each end is that of the context itself or of one above, and no end above is missed.
    void assertConsistent() {
        IdentityHashMap<Tree, Set<String>> possible = new IdentityHashMap<>();
        for (Tree tree : Stream.concat(foreign.stream().map(Foreign::tree), trees.stream())
                .toList()) {
            Set<String> ends = new HashSet<>(tree.own);
            tree.model
                    .ownDeadline
                    .filter(deadline -> deadline <= now)
                    .ifPresent(deadline -> ends.add("late " + deadline));
            tree.above.forEach(other -> ends.addAll(possible.get(other)));
            boolean mustEnd = tree.above.stream().anyMatch(other -> !other.end().equals("live"))
                    || tree.model
                            .ownDeadline
                            .filter(deadline -> deadline <= now)
                            .isPresent();
            if (!mustEnd) {
                ends.add("live");
            }
            assertThat(tree.end()).as("end of %s", tree).isIn(ends);
            ends.remove("live");
            ends.add(tree.end());
            ends.remove("live");
            possible.put(tree, ends);
        }
    }

    /// Ends everything; then each callback has been called once or stopped, and nothing stays behind.
    void endAndAssertNothingIsLeft() {
        trees.forEach(tree -> {
            if (tree.context instanceof CancellableContext scope) {
                scope.close();
            }
        });
        foreign.forEach(one -> one.signal.cancel(null));
        trees.forEach(tree -> tree.context.err());
        for (Listener listener : listeners) {
            boolean called = !listener.stopped && listener.tree.context.done().isDone();
            assertThat(listener.calls.callsInTheEnd(listener.registration))
                    .as("calls of a callback of %s", listener.tree)
                    .isEqualTo(called ? 1 : 0);
        }
        for (Tree tree : trees) {
            if (!tree.context.done().isNever()) {
                assertThat(Insides.isAttached(tree.context))
                        .as("%s is attached", tree)
                        .isFalse();
            }
        }
        assertThat(clock.armed()).isZero();
        assertThat(foreign)
                .allSatisfy(one -> assertThat(one.signal.subscribers()).isZero());
    }
}

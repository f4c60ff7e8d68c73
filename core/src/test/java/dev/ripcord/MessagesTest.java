package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ripcord.spi.ForeignContext;
import dev.ripcord.spi.ManualTime;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every message that the core throws, verbatim.
class MessagesTest {

    private final ManualClock clock = new ManualClock();
    private final Context root = clock.root();

    @Nested
    class OfAnEnd {

        @Test
        void thatSomebodyMade() {
            var scope = root.withCancel();
            scope.cancel();

            assertThat(scope.err()).get().extracting(Throwable::getMessage).isEqualTo("context cancelled");
        }

        @Test
        void thatHasACause() {
            var scope = root.withCancel();
            scope.cancel(new IOException("client disconnected"));

            assertThat(scope.err())
                    .get()
                    .extracting(Throwable::getMessage)
                    .isEqualTo("context cancelled: client disconnected");
        }

        @Test
        void whoseCauseHasNoMessage() {
            var scope = root.withCancel();
            scope.cancel(new IOException());

            assertThat(scope.err())
                    .get()
                    .extracting(Throwable::getMessage)
                    .isEqualTo("context cancelled: java.io.IOException");
        }

        @Test
        void thatIsAClose() {
            var scope = root.withCancel();
            scope.close();

            assertThat(scope.err())
                    .get()
                    .extracting(Throwable::getMessage)
                    .isEqualTo("context is already closed; derive a new one from its parent");
        }

        @Test
        void thatIsADeadline() {
            Context scope = root.withTimeout(Duration.ofMillis(300), "search");
            clock.pass(Duration.ofMillis(320));

            assertThat(scope.err())
                    .get()
                    .extracting(Throwable::getMessage)
                    .isEqualTo("deadline exceeded: search 300ms, 20ms over");
        }

        @Test
        void thatIsADeadlineWithoutAName() {
            Context scope = root.withTimeout(Duration.ofSeconds(2));
            clock.pass(Duration.ofSeconds(2));

            assertThat(scope.err())
                    .get()
                    .extracting(Throwable::getMessage)
                    .isEqualTo("deadline exceeded: 2s, 0µs over");
        }

        @Test
        void thatIsAForeignDeadline() {
            Signal signal = new Signal();
            signal.end(new ForeignContext.End(ContextException.Kind.DEADLINE_EXCEEDED, null));

            assertThat(Context.of(signal).err())
                    .get()
                    .extracting(Throwable::getMessage)
                    .isEqualTo("deadline exceeded");
        }

        @Test
        void thatIsThrownTellsThePath() {
            Context scope = root.withTimeout(Duration.ofMillis(300), "search").withValue(Key.of("user"), "ada");
            clock.pass(Duration.ofMillis(320));

            assertThatThrownBy(scope::throwIfDone)
                    .hasMessage("deadline exceeded: search 300ms, 20ms over"
                            + " at test.withTimeout(search 300ms, 20ms over).withValue(user)");
        }

        @Test
        void survivesSerializationWithItsFacts() throws Exception {
            var late = root.withTimeout(Duration.ofMillis(300), "search");
            clock.pass(Duration.ofMillis(320));

            DeadlineExceededException copy =
                    (DeadlineExceededException) copy(late.err().orElseThrow());

            assertThat(copy).hasMessage("deadline exceeded: search 300ms, 20ms over");
            assertThat(copy.name()).contains("search");
            assertThat(copy.budget()).contains(Duration.ofMillis(300));
            assertThat(copy.over()).isEqualTo(Duration.ofMillis(20));
            assertThat(copy.origin()).isEmpty();
        }

        private static Object copy(Object original) throws Exception {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(original);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                return in.readObject();
            }
        }
    }

    @Nested
    class OfAGroup {

        @Test
        void whoseForkFailed() throws InterruptedException {
            try (var group = Group.of(root)) {
                group.execute(ctx -> {
                    throw new IOException("connection refused");
                });

                assertThatThrownBy(group::join)
                        .isInstanceOf(CompletionException.class)
                        .hasMessage("a fork failed: java.io.IOException: connection refused");
            }
        }

        @Test
        void oneOfWhoseFuturesIsCancelled() throws InterruptedException {
            AtomicReference<@Nullable String> message = new AtomicReference<>();
            Gate begun = new Gate();
            try (var group = Group.of(root)) {
                Future<String> future = group.fork(ctx -> {
                    begun.open();
                    ctx.done().await();
                    message.set(ctx.err().orElseThrow().getMessage());
                    return "dropped";
                });
                begun.await();
                future.cancel(false);
                group.join();
            }

            assertThat(message).hasValue("context cancelled: the future of this fork was cancelled");
        }
    }

    @Nested
    class OfMisuse {

        @Test
        @SuppressWarnings("unchecked")
        void aValueOfTheWrongType() {
            Key<Object> raw = (Key<Object>) (Key<?>) Key.of("user", String.class);

            assertThatThrownBy(() -> root.withValue(raw, 7))
                    .isInstanceOf(ClassCastException.class)
                    .hasMessage("value of key user is a java.lang.Integer, not a java.lang.String");
        }

        @Test
        void aNegativeNumberOfPermits() {
            assertThatThrownBy(() -> Blocking.acquire(root, new Semaphore(1), -1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("permits < 0: -1");
        }

        @Test
        @NullUnmarked
        void aForeignContextWithoutASubscription() {
            Context context = Context.of(new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    return null;
                }
            });

            assertThatThrownBy(() -> context.afterFunc(() -> {}))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage("foreign.subscribe() returned null");
        }

        @Test
        void aWaitDelayBelowZero() {
            assertThatThrownBy(() -> Processes.start(root, new ProcessBuilder("true"), Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("waitDelay < 0: PT-1S");
        }

        @Test
        void aGroupThatMayRunNothing() {
            assertThatThrownBy(() -> Group.of(root, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("limit < 1: 0");
        }

        @Test
        void aForkOfAClosedGroup() {
            var group = Group.of(root);
            group.close();

            assertThatThrownBy(() -> group.fork(ctx -> "late"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("group is closed; fork inside its try block");
        }

        @Test
        void aJoinInAFork() {
            assertThatThrownBy(() -> inAFork(Group::join))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("join() in a fork waits for that fork itself; join where the group was made");
        }

        @Test
        void aCloseInAFork() {
            assertThatThrownBy(() -> inAFork(Group::close))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("close() in a fork waits for that fork itself; close where the group was made");
        }

        private interface Call {
            void on(Group group) throws Exception;
        }

        private void inAFork(Call call) throws Throwable {
            try (var group = Group.of(root)) {
                group.execute(ctx -> call.on(group));
                group.join();
            } catch (CompletionException e) {
                throw e.getCause();
            }
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.MessagesTest#nullArguments")
        void r10ANullArgumentIsNamed(String parameter, ThrowingCallable call) {
            assertThatNullPointerException().isThrownBy(call).withMessage(parameter);
        }
    }

    @NullUnmarked
    static Stream<Arguments> nullArguments() {
        Context context = Context.background().withCancel();
        Duration second = Duration.ofSeconds(1);
        Deadline deadline = Deadline.after(second);
        Key<String> key = Key.of("user");
        BlockingQueue<String> queue = new LinkedBlockingQueue<>();
        Group group = Group.of(context);
        return Stream.of(
                of("first", () -> Context.anyOf(null, context)),
                of("others", () -> Context.anyOf(context, (Context[]) null)),
                of("others", () -> Context.anyOf(context, context, null)),
                of("foreign", () -> Context.of((ForeignContext) null)),
                of("time", () -> Context.of((ManualTime) null)),
                of("key", () -> context.value(null)),
                of("timeout", () -> context.withTimeout(null)),
                of("timeout", () -> context.withTimeout(null, "name")),
                of("name", () -> context.withTimeout(second, null)),
                of("deadline", () -> context.withDeadline(null)),
                of("deadline", () -> context.withDeadline(null, "name")),
                of("name", () -> context.withDeadline(deadline, null)),
                of("key", () -> context.withValue(null, "ada")),
                of("callback", () -> context.afterFunc(null)),
                of("callback", () -> context.afterFunc(Runnable::run, null)),
                of("executor", () -> context.afterFunc(null, () -> {})),
                of("task", () -> context.run(null)),
                of("operation", () -> context.call(null)),
                of("task", () -> context.wrap((Runnable) null)),
                of("task", () -> context.wrap((Callable<String>) null)),
                of("executor", () -> Context.currentContextExecutor((Executor) null)),
                of("executor", () -> Context.currentContextExecutor((ExecutorService) null)),
                of("task", () -> Context.currentContextExecutor(Runnable::run).execute(null)),
                of("parent", () -> Group.of(null)),
                of("parent", () -> Group.of(null, 1)),
                of("operation", () -> group.fork(null)),
                of("task", () -> group.execute(null)),
                of("timeout", () -> context.done().await(null)),
                of("timeout", () -> Context.background().done().await(null)),
                of("ctx", () -> Blocking.sleep(null, second)),
                of("duration", () -> Blocking.sleep(context, null)),
                of("ctx", () -> Blocking.take(null, queue)),
                of("queue", () -> Blocking.take(context, null)),
                of("ctx", () -> Blocking.put(null, queue, "a")),
                of("queue", () -> Blocking.put(context, null, "a")),
                of("element", () -> Blocking.put(context, queue, null)),
                of("ctx", () -> Blocking.lock(null, new ReentrantLock())),
                of("lock", () -> Blocking.lock(context, null)),
                of("ctx", () -> Blocking.acquire(null, new Semaphore(1))),
                of("semaphore", () -> Blocking.acquire(context, null)),
                of("semaphore", () -> Blocking.acquire(context, null, 2)),
                of("ctx", () -> Blocking.await(null, new ReentrantLock().newCondition())),
                of("condition", () -> Blocking.await(context, (Condition) null)),
                of("ctx", () -> Blocking.await(null, new CountDownLatch(1))),
                of("latch", () -> Blocking.await(context, (CountDownLatch) null)),
                of("ctx", () -> Blocking.await(null, new CompletableFuture<>())),
                of("stage", () -> Blocking.await(context, (CompletableFuture<?>) null)),
                of("ctx", () -> Blocking.join(null, Thread.currentThread())),
                of("thread", () -> Blocking.join(context, null)),
                of("ctx", () -> Blocking.interruptible(null, () -> "a")),
                of("operation", () -> Blocking.interruptible(context, null)),
                of("ctx", () -> Futures.supplyAsync(null, ctx -> "a", Runnable::run)),
                of("operation", () -> Futures.supplyAsync(context, null, Runnable::run)),
                of("executor", () -> Futures.supplyAsync(context, ctx -> "a", null)),
                of("ctx", () -> Futures.cancelOnDone(null, new CompletableFuture<>())),
                of("future", () -> Futures.cancelOnDone(context, null)),
                of("factory", () -> Context.currentContextThreadFactory(null)),
                of("name", () -> Key.of(null)),
                of("name", () -> Key.of(null, String.class)),
                of("type", () -> Key.of("user", null)),
                of("duration", () -> Deadline.after(null)),
                of("duration", () -> Deadline.after(Duration.ZERO).plus(null)),
                of("instant", () -> Deadline.at((Instant) null)),
                of("grace", () -> Shutdown.open(null)),
                of("ctx", () -> Processes.start(null, new ProcessBuilder())),
                of("builder", () -> Processes.start(context, null)),
                of("waitDelay", () -> Processes.start(context, new ProcessBuilder(), null)),
                of("other", () -> deadline.compareTo(null)),
                of("kind", () -> new ForeignContext.End(null, null)),
                of("key", () -> Context.background().value((Key<String>) null)),
                of("key", () -> context.withValue(key, "ada").value(null)));
    }

    private static Arguments of(String parameter, ThrowingCallable call) {
        return Arguments.of(parameter, call);
    }
}

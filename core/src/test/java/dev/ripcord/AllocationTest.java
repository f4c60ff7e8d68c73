package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.ThreadMXBean;
import dev.ripcord.spi.TreeObserver;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ServiceLoader;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What things cost in bytes, counted by the JVM for this thread. On a 64-bit JVM with compressed references.
class AllocationTest {

    private static final Key<String> USER = Key.of("user", String.class);
    private static final Key<String> ROLE = Key.of("role", String.class);
    private static final Key<String> TENANT = Key.of("tenant", String.class);
    private static final Duration HOUR = Duration.ofHours(1);

    private final Context root = Context.background().withCancel();

    // Keeps results reachable, so that no allocation is optimized away.
    private @Nullable Object result;

    @BeforeAll
    static void nobodyWatches() {
        assumeThat(ServiceLoader.load(TreeObserver.class))
                .as("whoever watches costs bytes, too")
                .isEmpty();
    }

    private long bytesOf(Runnable operation) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int times = 10_000;
        for (int i = 0; i < times; i++) {
            operation.run();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < times; i++) {
            operation.run();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / times;
    }

    @Test
    void aRootCostsNothing() {
        assertThat(bytesOf(() -> result = Context.background())).isZero();
        assertThat(bytesOf(() -> result = Context.current())).isZero();
    }

    @Test
    void aScopeIsOneSmallObject() {
        assertThat(bytesOf(() -> {
                    var scope = root.withCancel();
                    result = scope;
                    scope.close();
                }))
                .isLessThanOrEqualTo(40);
    }

    @Test
    void aTimeoutThatNobodyListensToIsOneObject() {
        assertThat(bytesOf(() -> {
                    var scope = root.withTimeout(HOUR);
                    result = scope;
                    scope.close();
                }))
                .isLessThanOrEqualTo(64);
    }

    @Test
    void aTimeoutWithACallbackIsThreeObjects() {
        assertThat(bytesOf(() -> {
                    var scope = root.withTimeout(HOUR);
                    result = scope;
                    scope.afterFunc(() -> {}).stop();
                    scope.close();
                }))
                .isLessThanOrEqualTo(64 + 48 + 40);
    }

    @Test
    void aCallbackIsOneSmallObjectAndAttachingAScopeAnother() {
        var listenedTo = root.withCancel();
        listenedTo.afterFunc(() -> {});

        assertThat(bytesOf(() -> listenedTo.afterFunc(() -> {}).stop())).isLessThanOrEqualTo(48);
        assertThat(bytesOf(() -> {
                    var scope = listenedTo.withCancel();
                    result = scope;
                    scope.afterFunc(() -> {}).stop();
                }))
                .isLessThanOrEqualTo(40 + 48 + 32);
    }

    @Test
    void aRequestIsFiveObjects() {
        assertThat(bytesOf(() -> {
                    var request = root.withCancel();
                    Context layers = request.withValue(USER, "ada")
                            .withValue(ROLE, "admin")
                            .withValue(TENANT, "acme");
                    var call = layers.withTimeout(HOUR);
                    result = call.value(USER);
                    result = call.value(ROLE);
                    result = call.value(TENANT);
                    result = call.err();
                    result = call;
                    call.close();
                    request.close();
                }))
                .isLessThanOrEqualTo(40 + 3 * 40 + 64);
    }

    @Test
    void aValueIsOneSmallObject() {
        assertThat(bytesOf(() -> {
                    Context layer = root.withValue(USER, "ada");
                    result = layer;
                    result = layer.value(USER);
                }))
                .isLessThanOrEqualTo(40);
    }

    @Test
    void askingALiveContextCostsNothing() {
        assertThat(bytesOf(() -> result = root.err())).isZero();
        assertThat(bytesOf(() -> result = root.value(USER))).isZero();
        assertThat(bytesOf(root::throwIfDone)).isZero();
    }

    @Test
    void askingBelowADeadlineAndAHundredValuesCostsNothing() {
        Context deep = root.withTimeout(HOUR).withValue(USER, "ada");
        for (int i = 0; i < 99; i++) {
            deep = deep.withValue(ROLE, "admin");
        }
        Context ctx = deep;

        assertThat(bytesOf(() -> result = ctx.err())).isZero();
        assertThat(bytesOf(() -> result = ctx.value(USER))).isZero();
        assertThat(bytesOf(() -> result = ctx.value(TENANT))).isZero();
        assertThat(bytesOf(ctx::throwIfDone)).isZero();
    }

    @Test
    void aWaitThatIsNotNeededCostsNothing() {
        ReentrantLock lock = new ReentrantLock();
        Semaphore semaphore = new Semaphore(1);
        BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);

        assertThat(bytesOf(() -> {
                    try {
                        Blocking.lock(root, lock);
                        lock.unlock();
                        Blocking.acquire(root, semaphore);
                        semaphore.release();
                        Blocking.put(root, queue, "a");
                        result = Blocking.take(root, queue);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }))
                .isZero();
    }

    @Test
    void cancellingAndAskingCostsTheAnswerOnly() {
        assertThat(bytesOf(() -> {
                    var scope = root.withCancel();
                    scope.cancel();
                    result = scope.done();
                    result = scope.err();
                }))
                .isLessThanOrEqualTo(40 + 16 + 16);
    }

    @Test
    void aTimeoutThatIsOverCostsItsFacts() {
        assertThat(bytesOf(() -> {
                    var scope = root.withTimeout(Duration.ZERO);
                    result = scope.done().isDone();
                }))
                .isLessThanOrEqualTo(64 + 56 + 16);
    }
}

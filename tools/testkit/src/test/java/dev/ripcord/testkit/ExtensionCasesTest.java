package dev.ripcord.testkit;

import static dev.ripcord.testkit.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Registration;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Tests with the extension, which [ExtensionRun] runs. Some of them fail, as they should.
final class ExtensionCasesTest {

    private ExtensionCasesTest() {}

    @ExtendWith(RipcordExtension.class)
    static class Given {

        private Optional<Context> before = Optional.empty();

        @BeforeEach
        void take(Context ctx) {
            assertThat(ctx).isLive();
            before = Optional.of(ctx);
        }

        @Test
        void oneContext(Context ctx, CancellableContext scope) {
            assertThat(before).containsSame(ctx);
            assertThat(ctx).isNotInstanceOf(CancellableContext.class);
            assertThat(ctx.done()).isEqualTo(scope.done());
            ctx.afterFunc(() -> {});
        }

        @Test
        @Timeout(50)
        void aDeadlineBelowTheTimeout(Context ctx) {
            assertThat(ctx).hasDeadlineWithin(Duration.ofSeconds(45));
        }

        @Nested
        class Inside {

            @Test
            void theSame(CancellableContext scope) {
                scope.cancel();
                assertThat(before.orElseThrow()).isCancelled();
            }
        }

        @AfterEach
        void isClosed(Context ctx) {
            assertThat(ctx).isCancelled();
        }
    }

    @ExtendWith(RipcordExtension.class)
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    static class Clocks {

        @Test
        void aClockAndItsContext(ManualClock clock, Context ctx) {
            assertThat(ctx).hasNoDeadline();
            Context call = ctx.withTimeout(Duration.ofSeconds(1));
            clock.advance(Duration.ofSeconds(1));
            assertThat(call).isOutOfTime();
        }

        @Test
        void ofTheClass(Context ctx) {
            assertThat(ctx).hasDeadlineWithin(Duration.ofMinutes(20)).hasDeadline();
        }
    }

    @ExtendWith(RipcordExtension.class)
    static class Leaking {

        private final CancellableContext field = Context.background().withCancel();
        private @Nullable Registration kept;

        @Test
        void aCallback() {
            kept = Context.background().withCancel().afterFunc(() -> {});
        }

        @Test
        void aCallbackOfAField() {
            kept = field.afterFunc(() -> {});
        }

        @Test
        @LeavesBehind("to show it")
        void onPurpose() {
            kept = field.afterFunc(() -> {});
        }

        @Test
        void nothing() {
            field.afterFunc(() -> {}).stop();
        }

        @AfterEach
        void isStillThere() {
            assertThat(kept == null || kept.toString().endsWith("waiting")).isTrue();
        }
    }

    @ExtendWith(RipcordExtension.class)
    static class LeakingClass {

        private static final CancellableContext[] SERVER = new CancellableContext[1];

        @BeforeAll
        static void open() {
            SERVER[0] = Context.background().withCancel();
            SERVER[0].afterFunc(() -> {});
        }

        @Test
        void aTestOfIt() {
            assertThat(SERVER[0]).isLive();
        }

        @AfterAll
        static void forget() {
            SERVER[0] = Context.background().withCancel();
        }
    }

    @ExtendWith(RipcordExtension.class)
    static class OutOfTime {

        @Test
        @Timeout(2)
        void waitsTooLong(Context ctx) throws InterruptedException {
            try (var call = ctx.withTimeout(Duration.ofHours(1), "call")) {
                call.done().await();
                call.throwIfDone();
            }
        }

        @Test
        @Timeout(2)
        void waitsTooLongOnAClock(Context ctx, ManualClock clock) throws InterruptedException {
            ctx.done().await();
            assertThat(clock.elapsed()).isZero();
            ctx.throwIfDone();
        }
    }

    @ExtendWith(RipcordExtension.class)
    static class Constructed {

        @SuppressWarnings("UnusedVariable") // it is refused
        Constructed(Context ctx) {}

        @Test
        void never() {
            throw new AssertionError("it cannot be made");
        }
    }
}

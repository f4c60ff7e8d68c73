package dev.ripcord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// [BlockTimeout].
class BlockTimeoutTest {

    private static final Duration GRACE = Duration.ofSeconds(1);

    private final Context ctx = Context.background();

    @Test
    void isForEverOnlyIfNobodySetsALimit() {
        assertThat(BlockTimeout.of(ctx, Duration.ZERO, GRACE).millis()).isZero();
        assertThat(BlockTimeout.of(ctx, Duration.ofSeconds(Long.MAX_VALUE), GRACE)
                        .seconds())
                .isZero();

        try (var ended = ctx.withTimeout(Duration.ofSeconds(-9))) {
            assertThat(BlockTimeout.of(ended, Duration.ZERO, GRACE).millis()).isEqualTo(1_000);
            assertThat(BlockTimeout.of(ended, Duration.ZERO, Duration.ZERO).millis())
                    .isEqualTo(1);
        }
    }

    @Test
    void isWhatIsAskedForIfTheContextHasMore() {
        assertThat(BlockTimeout.of(ctx, Duration.ofMillis(1_500), GRACE).seconds())
                .isEqualTo(1.5);
        try (var call = ctx.withTimeout(Duration.ofMinutes(1))) {
            assertThat(BlockTimeout.of(call, Duration.ofMillis(1_500), GRACE).millis())
                    .isEqualTo(1_500);
        }
    }

    @Test
    void isWhatTheContextHasLeftAndTheGraceIfThatIsLess() {
        try (var call = ctx.withTimeout(Duration.ofMinutes(1))) {
            assertThat(BlockTimeout.of(call, Duration.ofHours(1), GRACE).millis())
                    .isBetween(11_000L, 61_000L);
            assertThat(BlockTimeout.of(call, Duration.ZERO, GRACE).seconds()).isBetween(11.0, 61.0);
        }
    }

    @Test
    void isRoundedUpToMilliseconds() {
        assertThat(BlockTimeout.of(ctx, Duration.ofNanos(1), GRACE).millis()).isEqualTo(1);
        assertThat(BlockTimeout.of(ctx, Duration.ofNanos(2_000_001), GRACE)).hasToString("3ms");
    }
}

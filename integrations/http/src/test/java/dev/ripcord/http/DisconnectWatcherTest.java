package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import dev.ripcord.http.spi.DisconnectSource;
import dev.ripcord.testkit.ManualClock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DisconnectWatcherTest {

    @Test
    void looksAtARequestOnceItIsOldEnoughByTheClockOfItsContexts() throws Exception {
        ManualClock clock = new ManualClock();
        RequestLifetime real = ServerLifetime.under(Context.background()).open("GET", "/real");
        RequestLifetime manual = ServerLifetime.under(clock.root()).open("GET", "/manual");
        Asked first = new Asked(real, 5);
        Asked second = new Asked(manual, 1);
        try (DisconnectWatcher watcher = DisconnectWatcher.start("test", DisconnectWatcher.DEFAULT_ARM_AFTER)) {
            watcher.enter(first);
            watcher.enter(second);

            assertThat(first.times.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(second.times.getCount()).isOne();
            assertThat(manual.age()).isEqualTo(Duration.ZERO);

            clock.advance(DisconnectWatcher.DEFAULT_ARM_AFTER);
            assertThat(second.times.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(manual.age()).isEqualTo(Duration.ofMillis(20));
        } finally {
            real.handlerFinished();
            manual.handlerFinished();
        }
    }

    /// Counts how often the watcher asks.
    private static final class Asked implements DisconnectSource {

        private final RequestLifetime lifetime;
        private final CountDownLatch times;

        Asked(RequestLifetime lifetime, int times) {
            this.lifetime = lifetime;
            this.times = new CountDownLatch(times);
        }

        @Override
        public RequestLifetime lifetime() {
            return lifetime;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public Next poll() {
            times.countDown();
            return Next.POLL;
        }
    }
}

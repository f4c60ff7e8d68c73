package dev.ripcord.jox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.softwaremill.jox.Channel;
import com.softwaremill.jox.ChannelDone;
import com.softwaremill.jox.Select;
import dev.ripcord.Context;
import dev.ripcord.Deadline;
import dev.ripcord.spi.ForeignContext;
import dev.ripcord.testkit.Threads;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a select leaves registered with its context: nothing.
class JoxLeakTest {

    private static final int SELECTS = 100_000;

    private final Listened foreign = new Listened();
    private final Context ctx = Context.of(foreign);

    @Test
    void selectsThatAreReadyAtOnceLeaveNothing() throws Exception {
        Channel<Integer> items = Channel.newUnlimitedChannel();

        for (int i = 0; i < SELECTS; i++) {
            items.send(i);
            assertThat(ContextSelect.<Integer>select(ctx, items.receiveClause()))
                    .isEqualTo(i);
        }

        assertThat(foreign.listeners).hasValue(0);
        assertThat(foreign.subscriptions).as("each select listened").hasValue(SELECTS);
    }

    @ParameterizedTest
    @EnumSource
    void selectsThatWaitLeaveNothing(Threads threads) throws Exception {
        Channel<Integer> items = Channel.newRendezvousChannel();
        Threads.Job worker = threads.start(() -> {
            while (!(ContextSelect.selectOrClosed(ctx, items.receiveClause()) instanceof ChannelDone)) {
                // the next one
            }
        });

        for (int i = 0; i < SELECTS / 10; i++) {
            items.send(i);
        }
        items.done();
        worker.join();

        assertThat(foreign.listeners).hasValue(0);
    }

    @Test
    void selectsThatFailLeaveNothing() throws Exception {
        Channel<Integer> items = Channel.newBufferedChannel(1);
        items.send(1);

        assertThatThrownBy(() -> ContextSelect.select(ctx, items.receiveClause(item -> {
                    throw new IllegalStateException("broken");
                })))
                .hasMessage("broken");
        assertThatThrownBy(() -> ContextSelect.select(ctx, items.receiveClause(), items.receiveClause()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ContextSelect.select(ctx, Select.defaultClause(1), items.receiveClause()))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(foreign.listeners).hasValue(0);
    }

    /// A foreign context that never ends and counts who listens to it.
    private static final class Listened implements ForeignContext {

        private final AtomicInteger listeners = new AtomicInteger();
        private final AtomicInteger subscriptions = new AtomicInteger();

        @Override
        public Optional<End> end() {
            return Optional.empty();
        }

        @Override
        public Optional<Deadline> deadline() {
            return Optional.empty();
        }

        @Override
        public Runnable subscribe(Runnable onEnd) {
            subscriptions.incrementAndGet();
            listeners.incrementAndGet();
            return listeners::decrementAndGet;
        }
    }
}

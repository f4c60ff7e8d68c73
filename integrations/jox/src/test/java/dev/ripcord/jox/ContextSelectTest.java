package dev.ripcord.jox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.softwaremill.jox.Channel;
import com.softwaremill.jox.ChannelDone;
import com.softwaremill.jox.ChannelDoneException;
import com.softwaremill.jox.ChannelErrorException;
import com.softwaremill.jox.Select;
import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.DeadlineExceededException;
import dev.ripcord.testkit.Threads;
import dev.ripcord.testkit.Threads.Job;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [ContextSelect].
class ContextSelectTest {

    private final CancellableContext ctx = Context.background().withCancel();
    private final IOException why = new IOException("client disconnected");
    private final Channel<String> full = Channel.newBufferedChannel(1);
    private final Channel<String> empty = Channel.newBufferedChannel(1);

    ContextSelectTest() throws InterruptedException {
        full.send("there");
    }

    @Nested
    class AClauseWins {

        @ParameterizedTest
        @EnumSource
        void thatIsReady(Threads threads) {
            threads.start(() -> assertThat(ContextSelect.<String>select(
                                    ctx, empty.receiveClause(), full.receiveClause(text -> text + "!")))
                            .isEqualTo("there!"))
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void thatBecomesReady(Threads threads) throws Exception {
            Job selecting = threads.start(() ->
                    assertThat(ContextSelect.select(ctx, empty.receiveClause())).isEqualTo("late"));
            selecting.awaitParked();

            empty.send("late");

            selecting.join();
            assertThat(ctx.err()).isEmpty();
        }

        @Test
        void thatSends() throws Exception {
            String sent =
                    ContextSelect.select(ctx, full.sendClause("more", () -> "sent"), empty.sendClause("x", () -> "x"));

            assertThat(sent).isEqualTo("x");
            assertThat(empty.receive()).isEqualTo("x");
        }

        @Test
        void thatIsTheDefault() throws Exception {
            String selected = ContextSelect.select(ctx, empty.receiveClause(), Select.defaultClause("nothing"));

            assertThat(selected).isEqualTo("nothing");
        }

        @Test
        void underAContextThatNeverEnds() throws Exception {
            assertThat(ContextSelect.select(Context.background(), full.receiveClause()))
                    .isEqualTo("there");
        }
    }

    @Nested
    class TheContextWins {

        @ParameterizedTest
        @EnumSource
        void ifItEndsDuringTheWait(Threads threads) {
            Job selecting =
                    threads.start(() -> assertThatThrownBy(() -> ContextSelect.select(ctx, empty.receiveClause()))
                            .isInstanceOf(CancelledException.class)
                            .hasCause(why));
            selecting.awaitParked();

            ctx.cancel(why);

            selecting.join();
        }

        @Test
        void ifItsDeadlinePassesDuringTheWait() {
            try (var call = ctx.withTimeout(Duration.ofMillis(20), "next item")) {
                assertThatThrownBy(() -> ContextSelect.selectOrClosed(call, empty.receiveClause()))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageStartingWith("deadline exceeded: next item 20ms, ");
            }
        }

        @Test
        void ifItHasEndedThoughAClauseIsReady() throws Exception {
            ctx.cancel(why);

            assertThatThrownBy(() -> ContextSelect.select(ctx, full.receiveClause()))
                    .hasCause(why);
            assertThatThrownBy(() -> ContextSelect.select(ctx, empty.receiveClause(), Select.defaultClause("nothing")))
                    .hasCause(why);
            assertThatThrownBy(() -> ContextSelect.selectOrClosed(ctx, full.receiveClause()))
                    .hasCause(why);

            assertThat(full.receive()).as("it was not taken").isEqualTo("there");
        }
    }

    @Nested
    class AClosedChannel {

        @Test
        void isThrown() {
            empty.done();
            Channel<String> broken = Channel.newBufferedChannel(1);
            broken.error(why);

            assertThatThrownBy(() -> ContextSelect.select(ctx, empty.receiveClause()))
                    .isInstanceOf(ChannelDoneException.class);
            assertThatThrownBy(() -> ContextSelect.select(ctx, broken.receiveClause()))
                    .isInstanceOf(ChannelErrorException.class)
                    .hasCause(why);
        }

        @ParameterizedTest
        @EnumSource
        void isAResult(Threads threads) {
            Job selecting = threads.start(() -> assertThat(ContextSelect.selectOrClosed(ctx, empty.receiveClause()))
                    .isEqualTo(new ChannelDone(empty)));
            selecting.awaitParked();

            empty.done();

            selecting.join();
        }
    }

    @Nested
    class Otherwise {

        @ParameterizedTest
        @EnumSource
        void anInterruptPassesThrough(Threads threads) {
            Job selecting =
                    threads.start(() -> assertThatThrownBy(() -> ContextSelect.select(ctx, empty.receiveClause()))
                            .isInstanceOf(InterruptedException.class));
            selecting.awaitParked();

            selecting.thread().interrupt();

            selecting.join();
            assertThat(ctx.err()).isEmpty();
        }

        @Test
        @NullUnmarked
        void whatIsWrongIsSaid() {
            assertThatThrownBy(() -> ContextSelect.select(ctx))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no clauses; to wait for the end alone, call ctx.done().await()");
            assertThatNullPointerException()
                    .isThrownBy(() -> ContextSelect.select(null, full.receiveClause()))
                    .withMessage("ctx");
        }
    }

    @Nested
    class Races {

        /// Two workers share a channel, and the end comes at any moment: what was sent was either received, or is still
        /// in the channel.
        @ParameterizedTest
        @EnumSource
        void noElementIsLostAtTheEnd(Threads threads) throws Exception {
            for (int round = 0; round < 500; round++) {
                CancellableContext scope = ctx.withCancel();
                Channel<Integer> items = Channel.newUnlimitedChannel();
                AtomicInteger received = new AtomicInteger();
                Threads.Action worker = () -> {
                    try {
                        while (true) {
                            ContextSelect.select(scope, items.receiveClause());
                            received.incrementAndGet();
                        }
                    } catch (CancelledException e) {
                        // the end
                    }
                };
                Job first = threads.start(worker);
                Job second = threads.start(worker);

                int sent = round % 20;
                for (int i = 0; i < sent; i++) {
                    items.send(i);
                }
                scope.cancel();
                first.join();
                second.join();

                int left = 0;
                items.done();
                while (!(items.receiveOrClosed() instanceof ChannelDone)) {
                    left++;
                }
                assertThat(received.get() + left)
                        .as("of %s sent, in round %s", sent, round)
                        .isEqualTo(sent);
            }
        }
    }
}

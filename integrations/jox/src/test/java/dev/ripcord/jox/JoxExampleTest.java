package dev.ripcord.jox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.softwaremill.jox.Channel;
import com.softwaremill.jox.ChannelDone;
import com.softwaremill.jox.ChannelError;
import com.softwaremill.jox.Source;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import dev.ripcord.testkit.Threads;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// The examples of the documentation.
class JoxExampleTest {

    private final List<String> processed = new CopyOnWriteArrayList<>();

    private void process(Context ctx, String item) {
        ctx.throwIfDone();
        processed.add(item);
    }

    // @start region="processItems"
    void processItems(Context ctx, Source<String> items) throws InterruptedException {
        while (true) {
            switch (ContextSelect.selectOrClosed(ctx, items.receiveClause())) { // throws when ctx ends
                case ChannelDone done -> {
                    return;
                }
                case ChannelError error -> throw error.toException();
                case Object item -> process(ctx, (String) item);
            }
        }
    }
    // @end

    // @start region="select"
    String firstOf(Context ctx, Source<String> prices, Source<String> news) throws InterruptedException {
        return ContextSelect.select(
                ctx, // case <-ctx.Done(): return ctx.Err()
                prices.receiveClause(price -> "price " + price), // case price := <-prices
                news.receiveClause(line -> "news " + line)); // case line := <-news
    }
    // @end

    @Test
    void processesItemsUntilTheChannelIsDone() throws Exception {
        Channel<String> items = Channel.newBufferedChannel(3);
        items.send("a");
        items.send("b");
        items.done();

        try (var ctx = Context.background().withCancel()) {
            processItems(ctx, items);
        }

        assertThat(processed).containsExactly("a", "b");
    }

    @Test
    void processesItemsUntilTheContextEnds() throws Exception {
        Channel<String> items = Channel.newRendezvousChannel();
        var ctx = Context.background().withCancel();
        Threads.Job worker = Threads.VIRTUAL.start(
                () -> assertThatThrownBy(() -> processItems(ctx, items)).isInstanceOf(CancelledException.class));

        items.send("a");
        items.send("b");
        worker.awaitParked();
        ctx.cancel();

        worker.join();
        assertThat(processed).containsExactly("a", "b");
    }

    @Test
    void selectsAmongSeveralChannels() throws Exception {
        Channel<String> prices = Channel.newBufferedChannel(1);
        Channel<String> news = Channel.newBufferedChannel(1);
        news.send("rain");

        try (var ctx = Context.background().withCancel()) {
            assertThat(firstOf(ctx, prices, news)).isEqualTo("news rain");
        }
    }
}

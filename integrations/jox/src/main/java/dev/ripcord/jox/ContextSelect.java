package dev.ripcord.jox;

import static java.util.Objects.requireNonNull;

import com.softwaremill.jox.Channel;
import com.softwaremill.jox.ChannelClosed;
import com.softwaremill.jox.Select;
import com.softwaremill.jox.SelectClause;
import dev.ripcord.Context;
import dev.ripcord.ContextException;
import dev.ripcord.Registration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Jox's [Select] with one more clause, the first one: the end of a context. It is Go's `case <-ctx.Done()`.
///
/// {@snippet class="dev.ripcord.jox.JoxExampleTest" region="processItems"}
///
/// ## Rules
///
/// - If the context has ended, the clauses are not tried: its end comes first, as Jox prefers clauses in their order.
///   Go chooses at random.
/// - When the context ends while the select waits, it throws how the context ended. Exactly one clause wins: an
///   element that was received is returned, one whose select has thrown stays in its channel.
/// - Everything else is as Jox has it: transformations, closed channels, a default clause as the last one, and the
///   [InterruptedException] of a thread that somebody interrupts.
/// - A deadline is the context's: `ctx.withTimeout(…)` takes the place of Jox's `selectWithin`, without its thread.
///
/// ## Threads and memory
///
/// Works alike on platform and virtual threads. When a select has returned or thrown, nothing is registered with the
/// context.
///
/// ## Cost
///
/// A clause of Jox can only be made by a channel. So each select makes a rendezvous channel, which the end of the
/// context closes, and registers one callback; with a context that never ends it does neither.
public final class ContextSelect {

    private ContextSelect() {}

    /// Selects exactly one clause, unless the context ends before.
    ///
    /// @param <U> the type of the result
    /// @param ctx whose end is the first clause
    /// @param clauses at least one, each of another channel
    /// @return the value of the clause that was selected
    /// @throws ContextException if `ctx` ends before a clause was selected
    /// @throws com.softwaremill.jox.ChannelClosedException if one of the channels is closed
    /// @throws InterruptedException if the thread is interrupted while it waits
    @SafeVarargs
    @SuppressWarnings({"unchecked", "varargs", "NullAway"}) // a clause gives a U, perhaps null; the array is only read
    public static <U extends @Nullable Object> U select(Context ctx, SelectClause<? extends U>... clauses)
            throws InterruptedException {
        Object selected = selectOrClosed(ctx, clauses);
        if (selected instanceof ChannelClosed closed) {
            throw closed.toException();
        }
        return (U) selected;
    }

    /// Selects exactly one clause, unless the context ends before; a channel that is closed is a result.
    ///
    /// @param <U> the type of the values
    /// @param ctx whose end is the first clause
    /// @param clauses at least one, each of another channel
    /// @return the value of the clause that was selected, or a [ChannelClosed] if one of the channels is closed
    /// @throws ContextException if `ctx` ends before a clause was selected
    /// @throws InterruptedException if the thread is interrupted while it waits
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <U extends @Nullable Object> @Nullable Object selectOrClosed(
            Context ctx, SelectClause<? extends U>... clauses) throws InterruptedException {
        requireNonNull(ctx, "ctx").throwIfDone();
        if (clauses.length == 0) {
            throw new IllegalArgumentException("no clauses; to wait for the end alone, call ctx.done().await()");
        }
        if (ctx.done().isNever()) {
            return Select.selectOrClosed(clauses);
        }
        Channel<U> end = Channel.newRendezvousChannel();
        Registration closing = ctx.afterFunc(end::doneOrClosed);
        try {
            Object selected = Select.selectOrClosed(withFirst(end.receiveClause(), clauses));
            if (selected instanceof ChannelClosed closed && closed.channel() == end) {
                ctx.throwIfDone();
            }
            return selected;
        } finally {
            closing.stop();
        }
    }

    private static <U extends @Nullable Object> SelectClause<? extends U>[] withFirst(
            SelectClause<? extends U> first, SelectClause<? extends U>[] others) {
        SelectClause<? extends U>[] all = Arrays.copyOf(others, others.length + 1);
        System.arraycopy(others, 0, all, 1, others.length);
        all[0] = first;
        return all;
    }
}

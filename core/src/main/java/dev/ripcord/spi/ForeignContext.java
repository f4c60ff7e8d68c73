package dev.ripcord.spi;

import dev.ripcord.Context;
import dev.ripcord.ContextException.Kind;
import dev.ripcord.Deadline;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Another library's context, made the parent of ours by [Context#of(ForeignContext)].
///
/// Until somebody listens below it, it is only asked ([#end()]); then it is subscribed to once per joined context, and
/// unsubscribed when nobody listens any more. No thread waits for it.
///
/// ## Threads
///
/// All methods are called by any thread, also by Ripcord's timer thread; they must not block.
public interface ForeignContext {

    /// How it has ended, or empty while it has not. Once present it stays the same.
    ///
    /// @return the kind of end and its cause
    Optional<End> end();

    /// The moment at which it will end at the latest, or empty. It never changes. Its clock is that of all below.
    ///
    /// @return the same answer at every call
    Optional<Deadline> deadline();

    /// Whether [#end()] must be asked by every question below, even while it is subscribed to: because it does not
    /// always call its subscribers, or wants to be asked. Then a question costs as much as there are scopes above. It
    /// never changes.
    ///
    /// @return false unless it is overridden
    default boolean isAskedAlways() {
        return false;
    }

    /// Has `onEnd` called once when it ends, at once if it has ended. [#end()] must be present by then.
    ///
    /// `onEnd` does not block and throws nothing.
    ///
    /// @param onEnd what to call
    /// @return takes the subscription back; called once, does nothing after the end
    Runnable subscribe(Runnable onEnd);

    /// How another library's context ended.
    ///
    /// @param kind cancelled or out of time
    /// @param cause why, if it tells
    record End(Kind kind, @Nullable Throwable cause) {

        /// Checks its kind.
        ///
        /// @param kind cancelled or out of time
        /// @param cause why, if it tells
        /// @throws NullPointerException if `kind` is null
        public End {
            java.util.Objects.requireNonNull(kind, "kind");
        }
    }
}

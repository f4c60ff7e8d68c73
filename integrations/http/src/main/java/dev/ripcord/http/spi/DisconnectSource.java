package dev.ripcord.http.spi;

import dev.ripcord.http.RequestLifetime;
import java.nio.channels.Selector;

/// What can tell that the client of one running request is gone: made by the adapter of a server, looked at by the
/// [dev.ripcord.http.DisconnectWatcher].
///
/// ## Rules
///
/// - It ends the [#lifetime()] itself, by the method that says how the client left.
/// - It is armed only once the request's body has been read; until then [#poll()] answers [Next#POLL].
/// - The end of the stream or an error is a client that is gone. Bytes are a next request: they stay for the server,
///   and end the watching.
/// - It is closed, under mutual exclusion with the watcher, before the server touches the connection again.
///
/// ## Threads
///
/// All methods but [#lifetime()] and [#isOpen()] are called by the watcher's one thread, so they must not block. What
/// they throw ends the watching of this request, and is logged.
public interface DisconnectSource {

    /// What the watcher shall do with a source that it has asked.
    enum Next {
        /// Ask again at the next tick.
        POLL,
        /// Register it with the watcher's selector.
        REGISTER,
        /// Forget it: the request has ended, or something else watches it from now on.
        FORGET
    }

    /// The request that is watched.
    ///
    /// @return the same at every call
    RequestLifetime lifetime();

    /// Whether it is still to be watched.
    ///
    /// @return false once the request has ended
    boolean isOpen();

    /// Looks whether the client is gone, or arms what does. It is first called when the request is old enough.
    ///
    /// @return what to do with it
    Next poll();

    /// Registers the connection, with this as the key's attachment, after [#poll()] answered [Next#REGISTER].
    ///
    /// @param selector with no cancelled key of the connection left
    default void register(Selector selector) {
        throw new UnsupportedOperationException("poll never answers REGISTER");
    }

    /// Finds out why the connection that was registered can be read.
    default void readable() {
        throw new UnsupportedOperationException("poll never answers REGISTER");
    }
}

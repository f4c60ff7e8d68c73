package dev.ripcord.http;

import java.time.Duration;

/// A server under test with its adapter's orderly stop.
public interface StoppableServer extends ContractServer {

    /// Takes no more connections, lets requests finish, and cancels those that are left after `grace`.
    ///
    /// @return how many were cancelled
    int shutdown(Duration grace) throws InterruptedException;

    /// Whether it is told where a request is blocked: not if the handler has left the thread that the adapter called.
    default boolean tellsWhereBlocked() {
        return true;
    }
}

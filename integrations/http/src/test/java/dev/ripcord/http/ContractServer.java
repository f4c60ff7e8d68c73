package dev.ripcord.http;

import java.util.OptionalInt;

/// A real server with the adapter under test, on a free port of the loopback interface.
public interface ContractServer extends AutoCloseable {

    /// Where it listens.
    int port();

    /// How many requests are running: the adapter's [ServerLifetime#running()].
    int running();

    /// How many connections of HTTP/1.1 are being watched at this moment.
    ///
    /// @return empty if that cannot be told; then the contract gives the adapter some time instead
    default OptionalInt watched() {
        return OptionalInt.empty();
    }

    /// The path of the handler under test.
    default String path() {
        return "/";
    }
}

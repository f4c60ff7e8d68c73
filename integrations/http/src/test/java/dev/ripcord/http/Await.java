package dev.ripcord.http;

import dev.ripcord.testkit.RealTime;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// [RealTime] as the contract has it: for the state of sockets, selectors and file descriptors.
public final class Await {

    private Await() {}

    /// Asks until `condition` holds, and fails if it does not within [Exchanges#GUARD].
    public static void until(String what, BooleanSupplier condition) {
        RealTime.await(what, Exchanges.GUARD, condition);
    }

    /// Lets time pass, for what a server does about a connection and cannot be asked.
    public static void pass(Duration time) {
        RealTime.pass(time);
    }
}

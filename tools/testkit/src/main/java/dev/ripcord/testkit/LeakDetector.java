package dev.ripcord.testkit;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// Finds what a block of code leaves behind: callbacks, threads that wait for a context, forks of a group.
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="leaks"}
///
/// With JUnit, [RipcordExtension] does this for every test.
///
/// ## Rules
///
/// - A context that nobody listens to is no leak, closed or not: nothing refers to it.
/// - A callback is one until it is stopped or has run; a scope that it is registered with, and those above, are
///   attached as long, with their timers and with what they subscribed to. So a leak is told for each listener.
/// - What is about to end when the block does is waited for, at most 10 seconds, or as many milliseconds as the system
///   property `ripcord.leaks.wait` says.
/// - It sees the contexts that are derived within the block, from [dev.ripcord.Context#background()] or a
///   [ManualClock], on this thread and on those that it starts; and whatever is derived from those, on any thread.
///   Threads that exist before, such as those of a server, count if no other detector is open.
///
/// ## Threads and memory
///
/// Detectors on several threads do not see each other's contexts. A detector that is opened within another one has its
/// block to itself.
public final class LeakDetector implements AutoCloseable {

    private static final Duration WAIT =
            Duration.ofMillis(Long.getLong("ripcord.leaks.wait", RealTime.GUARD.toMillis()));

    private final Ledger ledger;

    private LeakDetector(Ledger ledger) {
        this.ledger = ledger;
    }

    /// Begins to look at what this thread does.
    ///
    /// @return to be closed at the end of the block, by this thread
    public static LeakDetector open() {
        return new LeakDetector(LeakObserver.open(LeakObserver.current(), listener -> {}));
    }

    /// What is there now, leak or not.
    ///
    /// @return each listener and each fork
    public List<Leak> listeners() {
        return ledger.leaks();
    }

    /// Ends the block.
    ///
    /// @throws AssertionError if something is left, which it lists, with the stacks of their calls as suppressed
    @Override
    public void close() {
        LeakObserver.close(ledger);
        check(ledger, "left behind");
    }

    /// Waits until nothing is left in `ledger`.
    ///
    /// @throws AssertionError if something stays
    static void check(Ledger ledger, String what) {
        if (RealTime.holds(WAIT, () -> ledger.leaks().isEmpty())) {
            return;
        }
        List<Leak> leaks = ledger.leaks();
        if (leaks.isEmpty()) {
            return;
        }
        AssertionError error = new AssertionError(leaks.stream()
                .map(Leak::toString)
                .collect(Collectors.joining(
                        "\n",
                        leaks.size() + " " + what + "; close the scope, stop the registration or join the group:\n",
                        "")));
        for (Leak leak : leaks) {
            error.addSuppressed(leak.origin());
            leak.made().ifPresent(error::addSuppressed);
        }
        throw error;
    }
}

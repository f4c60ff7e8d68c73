/// What a context costs, beside what others have: one class a row of the table of costs, one method a peer.
///
/// A benchmark is found by its name. The class, and its parameters, are the line of a table ([Row]); the first word of
/// the method is the column ([Peer]), and what follows, if anything, a parameter `op`. Go's benchmarks, in the
/// folder `go`, have the same names. [Bench] runs them and writes the page.
@NullMarked
package dev.ripcord.benchmarks;

import org.jspecify.annotations.NullMarked;

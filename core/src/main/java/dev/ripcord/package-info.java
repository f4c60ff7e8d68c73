/// The core: contexts that carry the deadline, the cancellation and the values of a request.
///
/// What users see:
///
/// - [dev.ripcord.Context], and [dev.ripcord.CancellableContext] for its creator
/// - [dev.ripcord.Key], [dev.ripcord.Deadline], [dev.ripcord.Done], [dev.ripcord.Registration]
/// - [dev.ripcord.Shutdown], [dev.ripcord.ShutdownException]: the end of the JVM as contexts
/// - [dev.ripcord.Processes]: processes that end with a context
/// - [dev.ripcord.Blocking]: the waits of the JDK, which end with a context; [dev.ripcord.Futures]: asynchronous work
/// - [dev.ripcord.Group]: operations that run at the same time and end together
/// - [dev.ripcord.ContextException]: [dev.ripcord.CancelledException] or [dev.ripcord.DeadlineExceededException]
///
/// How it is made:
///
/// - `Node`: what all contexts have in common. A `ValueNode` is a layer of values; a `ScopeNode` is what can end.
/// - `ScopeNode`: the tree of cancellation, with all its invariants. `CancelNode` and `DeadlineNode` are the scopes
///   that users make; a `JoinNode` also ends with other trees.
/// - `Link`: what waits in a node's list: children, threads, `Callback`, and `Interruption`, the fenced interrupt.
/// - `End`: how a tree ended, as one immutable object.
/// - `TimeSource`, `Wheel`: the clock, and the timers of those deadlines that somebody waits for.
/// - `HostedTime`, `Observed`: a clock that is somebody else's, and what those see who watch a tree.
/// - `ContextProcess`: a process, its pipes and how it is ended.
/// - `ForkGroup`: a group, its limit and its forks.
/// - `Path`, `DoneView`, `ContextExecutor`: text, the end as a thing, executors.
@org.jspecify.annotations.NullMarked
package dev.ripcord;

/// For those who join another library to Ripcord.
///
/// - [dev.ripcord.spi.ForeignContext]: its context as a parent of ours
/// - [dev.ripcord.spi.DaemonThreads]: threads for stopping its blocked calls
///
/// And for those who write tools for tests:
///
/// - [dev.ripcord.spi.ManualTime]: a tree's clock; [dev.ripcord.spi.TreeObserver]: who is told of what listens
@org.jspecify.annotations.NullMarked
package dev.ripcord.spi;

/// For those who join another library to Ripcord.
///
/// - [dev.ripcord.spi.ForeignContext]: its context as a parent of ours
/// - [dev.ripcord.spi.DaemonThreads]: threads for stopping its blocked calls
@org.jspecify.annotations.NullMarked
package dev.ripcord.spi;

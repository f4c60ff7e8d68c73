/// Tests of code that uses Ripcord.
///
/// - [dev.ripcord.testkit.ManualClock]: time that passes when the test says so
/// - [dev.ripcord.testkit.RipcordExtension]: a context for each test of JUnit, which ends with it, and no leaks after
///   it; [dev.ripcord.testkit.LeavesBehind] for a test that leaks on purpose
/// - [dev.ripcord.testkit.LeakDetector], [dev.ripcord.testkit.Leak]: the same without JUnit
/// - [dev.ripcord.testkit.Checkpoints]: an operation that is ended at each moment at which it could notice
/// - [dev.ripcord.testkit.ContextAssert]: how a context stands, with AssertJ
/// - [dev.ripcord.testkit.FakeDatabase], [dev.ripcord.testkit.DrippingServer], [dev.ripcord.testkit.LeavingClient]:
///   others that are slow, frozen or gone
/// - [dev.ripcord.testkit.Threads], [dev.ripcord.testkit.Gate]: threads and the order of what they do
///
/// How it is made: `LeakObserver` is told by the core of everything that listens and keeps it in the `Ledger` of the
/// test that it belongs to; `Dump` is the text of a ledger.
@org.jspecify.annotations.NullMarked
package dev.ripcord.testkit;

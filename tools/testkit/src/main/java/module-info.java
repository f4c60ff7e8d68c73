/// Tests of code that uses Ripcord: a clock that is moved by hand, leaks, timeouts, and ends at every moment.
///
/// JUnit is needed only for [dev.ripcord.testkit.RipcordExtension], AssertJ for [dev.ripcord.testkit.ContextAssert].
@org.jspecify.annotations.NullMarked
module dev.ripcord.testkit {
    requires transitive dev.ripcord;
    requires transitive java.sql;
    requires static transitive org.assertj.core;
    requires static org.jspecify;
    requires static transitive org.junit.jupiter.api;
    requires static org.junit.platform.commons;

    exports dev.ripcord.testkit;

    provides dev.ripcord.spi.TreeObserver with
            dev.ripcord.testkit.LeakObserver;
}

package dev.ripcord.jdbc;

/// What becomes of a connection on which a cancel was sent, once it is closed.
///
/// A cancel has returned by then. But it may have been sent through a proxy that delivers it later, or leave something
/// behind in the driver.
public enum AfterCancel {

    /// It goes back to the pool as it is.
    REUSE,

    /// It goes back to the pool if [java.sql.Connection#isValid(int)] holds. A first no is forgiven, for that may be
    /// the late cancel. Costs a round trip.
    VALIDATE,

    /// It is cut off, and the pool opens another.
    DISCARD
}

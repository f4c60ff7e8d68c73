package dev.ripcord.jdbc.spi;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/// Knows one driver. A [java.util.ServiceLoader] finds it, once, by the class loader of this type.
///
/// It is asked before the drivers that this module knows by itself, so it can also replace one of those. The first
/// that answers is taken.
///
/// {@snippet class="dev.ripcord.jdbc.DriverSupportExampleTest" region="support"}
public interface DriverSupport {

    /// How to stop the calls of `connection`, if it is one of this driver's.
    ///
    /// Called for each connection that is bound to a context. To find out what a pool's or a tracer's connection is,
    /// ask [Connection#isWrapperFor(Class)]; a URL may have been rewritten.
    ///
    /// @param connection which may be a pool's
    /// @return empty if it is another driver's
    /// @throws SQLException if the connection cannot tell; it is then not taken
    Optional<ConnectionControl> control(Connection connection) throws SQLException;
}

package dev.ripcord.jdbc.spi;

import dev.ripcord.jdbc.AfterCancel;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How the calls of one connection are stopped, which no two drivers do alike.
///
/// ## Threads
///
/// [#cancel] and [#cutOff] are called from daemon platform threads while the user's thread is in the driver, and may be
/// holding its locks; never two cancels at once. So is [#discard], but when no other thread is in the driver. The other
/// methods are called by the user's thread.
public interface ConnectionControl {

    /// Asks the database to stop `call`, which then fails soon; or it was asked too early and has to be asked again.
    ///
    /// It is called again until the call has returned, so a driver whose cancel works once needs another way. It may
    /// block as long as a connection attempt. The call does not return before it has. If a cancel would do harm at this
    /// moment, it does nothing: it will be called again.
    ///
    /// @param call what is in the driver
    /// @throws SQLException if it could not be asked; the next time may do
    void cancel(Call call) throws SQLException;

    /// Whether [#cancel] can end the fetches of some rows. Those that it cannot are cut off at once, without a grace,
    /// and so is their `close`.
    ///
    /// @param call the fetch, asked for once before the first
    /// @return true unless the driver is known to ignore a cancel then
    default boolean isCancellable(Call call) {
        return true;
    }

    /// Whether the values of some rows are read from the database when they are asked for, and not before: then the
    /// getters of the rows can block, and go through the guard.
    ///
    /// @param call a fetch of them, asked for once before the first
    /// @return true unless the driver is known to have a whole row before it tells of it
    default boolean isLazy(Call call) {
        return true;
    }

    /// Whether a statement of the open transaction has failed in a way that a commit would roll back and yet report
    /// success. Asked by [dev.ripcord.jdbc.Transactions] before it commits.
    ///
    /// @return false if the driver cannot tell without asking the database, which is the default
    /// @throws SQLException if the connection is closed
    default boolean isAborted() throws SQLException {
        return false;
    }

    /// Cuts the connection off, so that whoever is blocked in it fails; it is not used again.
    ///
    /// If it blocks for more than a second, it is left to itself. A driver that cannot do it does nothing, for cancels
    /// go on, and may need what a `close` from another thread would hold.
    ///
    /// @throws SQLException ignored
    void cutOff() throws SQLException;

    /// Closes the connection, which is idle and not to be used again: its pool shall see that, and open another.
    ///
    /// If it blocks for more than a second, it is left to itself. By default it is cut off.
    ///
    /// @throws SQLException ignored
    default void discard() throws SQLException {
        cutOff();
    }

    /// Takes back what cancels may have left in the driver. Called when all have returned, and what they were for too,
    /// before anything else is done with the connection, such as a rollback.
    ///
    /// @throws SQLException if that fails; the connection is then discarded
    default void settle() throws SQLException {}

    /// What becomes of a connection after a cancel that was sent and has returned, if the user has not said.
    ///
    /// @return [AfterCancel#REUSE] only if no cancel can hit later that returned earlier
    AfterCancel afterCancel();

    /// Has the server itself end any statement of this session that takes longer than `limit`.
    ///
    /// A limit that is in force and shorter stays.
    ///
    /// @param limit at least a millisecond
    /// @return gives the former limit back; null if this database has no such limit, which is the default
    /// @throws SQLException if it could not be set
    default @Nullable Undo limitStatements(Duration limit) throws SQLException {
        return null;
    }

    /// What is in the driver.
    ///
    /// @param statement whose call it is; null for one of the connection, such as a query for metadata
    /// @param isFetch whether it fetches rows of a statement that has returned
    record Call(@Nullable Statement statement, boolean isFetch) {}

    /// Takes something back.
    @FunctionalInterface
    interface Undo {

        /// Takes it back.
        ///
        /// @throws SQLException if that fails; the connection is then discarded
        void run() throws SQLException;
    }
}

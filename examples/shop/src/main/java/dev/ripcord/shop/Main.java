package dev.ripcord.shop;

import dev.ripcord.CancelledException;
import dev.ripcord.Shutdown;
import java.sql.SQLException;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// The command `./shop`.
public final class Main {

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /// The servers' logs, kept here because the log manager holds them weakly.
    private static final List<Logger> SERVERS = List.of(Logger.getLogger("org.apache"), Logger.getLogger("io.helidon"));

    private Main() {}

    /// Runs until the process is told to stop.
    ///
    /// @param args `--help` lists them
    /// @throws InterruptedException never: nobody interrupts the main thread
    public static void main(String[] args) throws InterruptedException {
        SERVERS.forEach(server -> server.setLevel(Level.WARNING));
        int code = run(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    private static int run(String[] args) throws InterruptedException {
        Options options = new Options();
        CommandLine commandLine = new CommandLine(options);
        try {
            commandLine.parseArgs(args);
        } catch (ParameterException e) {
            return fail(USAGE, e.getMessage() + "; ./shop --help lists the options");
        }
        if (options.help) {
            commandLine.usage(System.out);
            return 0;
        }
        return serve(options);
    }

    /// Starts the shop, and stops it when the JVM is told to stop.
    @SuppressWarnings("ContextSwallowed") // to be told to stop is no failure
    private static int serve(Options options) throws InterruptedException {
        try (Shutdown shutdown = Shutdown.open(options.drain);
                Shop shop = Shop.start(shutdown.draining(), options, Main::tell)) {
            tell("users API: " + shop.usersUri());
            tell("ready: " + shop.uri());
            shutdown.draining().done().await();
            tell("stopping");
        } catch (CancelledException e) {
            // told to stop during the start
        } catch (StartException e) {
            return fail(USAGE, e.getMessage());
        } catch (SQLException e) {
            return fail(FAILED, "database: " + e.getMessage());
        }
        return 0;
    }

    private static void tell(String line) {
        System.out.println(line);
    }

    private static int fail(int code, @Nullable String message) {
        System.err.println("shop: " + message);
        return code;
    }
}

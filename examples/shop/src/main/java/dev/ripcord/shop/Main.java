package dev.ripcord.shop;

import dev.ripcord.CancellableContext;
import dev.ripcord.CancelledException;
import dev.ripcord.Context;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// The command `./shop`.
public final class Main {

    private static final int FAILED = 1;
    private static final int USAGE = 2;

    /// Tomcat's log, kept here because the log manager holds it weakly.
    private static final Logger TOMCAT = Logger.getLogger("org.apache");

    private Main() {}

    /// Runs until the process is told to stop.
    ///
    /// @param args `--help` lists them
    /// @throws InterruptedException never: nobody interrupts the main thread
    public static void main(String[] args) throws InterruptedException {
        TOMCAT.setLevel(Level.WARNING);
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

    /// The main thread starts and stops the shop; a signal only ends its context, and waits for it.
    private static int serve(Options options) throws InterruptedException {
        CancellableContext untilSignal = Context.background().withCancel();
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            untilSignal.cancel();
            await(stopped);
        }));
        try (Shop shop = Shop.start(untilSignal, options, Main::tell)) {
            tell("users API: " + shop.usersUri());
            tell("ready: " + shop.uri());
            untilSignal.done().await();
            tell("stopping");
        } catch (CancelledException e) {
            // the signal came during the start
        } catch (StartException e) {
            return fail(USAGE, e.getMessage());
        } catch (SQLException e) {
            return fail(FAILED, "database: " + e.getMessage());
        } finally {
            stopped.countDown();
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

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

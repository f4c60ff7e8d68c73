package dev.ripcord.http;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What is logged from the making of this to its close.
public final class Logged extends Handler implements AutoCloseable {

    private final List<Logger> loggers;
    private final Queue<String> all = new ConcurrentLinkedQueue<>();

    /// @param level or worse
    /// @param loggers with their children, such as `dev.ripcord`
    public Logged(Level level, List<String> loggers) {
        this.loggers = loggers.stream().map(Logger::getLogger).toList();
        setLevel(level);
        this.loggers.forEach(logger -> logger.addHandler(this));
    }

    public Logged(Level level, String... loggers) {
        this(level, List.of(loggers));
    }

    /// The messages so far, each with what was thrown, if anything.
    public List<String> all() {
        return List.copyOf(all);
    }

    @Override
    public void publish(LogRecord entry) {
        if (isLoggable(entry)) {
            all.add(entry.getMessage() + (entry.getThrown() == null ? "" : " " + entry.getThrown()));
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        loggers.forEach(logger -> logger.removeHandler(this));
    }
}

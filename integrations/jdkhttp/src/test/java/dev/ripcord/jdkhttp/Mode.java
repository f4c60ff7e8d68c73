package dev.ripcord.jdkhttp;

import dev.ripcord.Context;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;

/// Whether the filter looks at sockets, and on which threads requests are handled.
enum Mode {
    LOOKING_ON_PLATFORM_THREADS(
            "looking at sockets, platform threads",
            RipcordFilter::lookingAtSocketsOfLinux,
            Executors::newCachedThreadPool),
    LOOKING_ON_VIRTUAL_THREADS(
            "looking at sockets, virtual threads",
            RipcordFilter::lookingAtSocketsOfLinux,
            Executors::newVirtualThreadPerTaskExecutor),
    PLAIN("as it comes", RipcordFilter::new, Executors::newVirtualThreadPerTaskExecutor);

    final String title;

    @SuppressWarnings("ImmutableEnumChecker") // captures nothing
    final Function<Context, RipcordFilter> filter;

    @SuppressWarnings("ImmutableEnumChecker") // captures nothing
    final Supplier<ExecutorService> threads;

    Mode(String title, Function<Context, RipcordFilter> filter, Supplier<ExecutorService> threads) {
        this.title = title;
        this.filter = filter;
        this.threads = threads;
    }
}

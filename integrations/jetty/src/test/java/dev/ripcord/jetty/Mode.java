package dev.ripcord.jetty;

import dev.ripcord.http.Exchanges;
import dev.ripcord.jetty.Server.Threads;
import dev.ripcord.servlet.ExchangeServlets;
import java.util.function.Function;
import org.eclipse.jetty.server.Handler;

/// How a request is handled: by which API, on which threads, and whether the handler blocks Jetty's thread.
enum Mode {
    CORE_ON_PLATFORM_THREADS("core, platform threads", Threads.PLATFORM, CoreHandler::sync),
    CORE_ASYNC_ON_VIRTUAL_THREADS("core, async", Threads.VIRTUAL, CoreHandler::async),
    EE11_ON_PLATFORM_THREADS(
            "ee11, platform threads", Threads.PLATFORM, exchanges -> Server.servlet(ExchangeServlets.sync(exchanges))),
    EE11_ON_VIRTUAL_THREADS(
            "ee11, virtual threads", Threads.VIRTUAL, exchanges -> Server.servlet(ExchangeServlets.sync(exchanges))),
    EE11_ASYNC_ON_PLATFORM_THREADS(
            "ee11, async", Threads.PLATFORM, exchanges -> Server.servlet(ExchangeServlets.async(exchanges))),
    EE10_ON_VIRTUAL_THREADS(
            "ee10, virtual threads",
            Threads.VIRTUAL,
            exchanges -> Server.servletOfEe10(ExchangeServlets.sync(exchanges)));

    final String title;
    final Threads threads;

    @SuppressWarnings("ImmutableEnumChecker") // a lambda that captures nothing
    private final Function<Exchanges, Handler> handler;

    Mode(String title, Threads threads, Function<Exchanges, Handler> handler) {
        this.title = title;
        this.threads = threads;
        this.handler = handler;
    }

    boolean isAsync() {
        return title.endsWith("async");
    }

    /// What handles the exchanges, under every path.
    Handler handler(Exchanges exchanges) {
        return handler.apply(exchanges);
    }
}

package dev.ripcord.tomcat;

import dev.ripcord.tomcat.Server.Threads;

/// How a request is handled: on which threads, and whether the handler blocks the container's thread.
enum Mode {
    SYNC_ON_PLATFORM_THREADS(Threads.PLATFORM, "/sync"),
    SYNC_ON_VIRTUAL_THREADS(Threads.VIRTUAL, "/sync"),
    ASYNC_ON_PLATFORM_THREADS(Threads.PLATFORM, "/async"),
    ASYNC_ON_VIRTUAL_THREADS(Threads.VIRTUAL, "/async");

    final Threads threads;
    final String path;

    Mode(Threads threads, String path) {
        this.threads = threads;
        this.path = path;
    }
}

package dev.ripcord.tomcat;

import dev.ripcord.tomcat.Server.Threads;

/// How a request is handled: on which threads, and whether the handler blocks the container's thread.
enum Mode {
    SYNC_ON_PLATFORM_THREADS(Threads.PLATFORM, "/sync", "sync, platform threads"),
    SYNC_ON_VIRTUAL_THREADS(Threads.VIRTUAL, "/sync", "sync, virtual threads"),
    ASYNC_ON_PLATFORM_THREADS(Threads.PLATFORM, "/async", "async, platform threads"),
    ASYNC_ON_VIRTUAL_THREADS(Threads.VIRTUAL, "/async", "async, virtual threads");

    final Threads threads;
    final String path;
    final String title;

    Mode(Threads threads, String path, String title) {
        this.threads = threads;
        this.path = path;
        this.title = title;
    }
}

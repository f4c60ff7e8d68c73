package dev.ripcord.tomcat;

import dev.ripcord.tomcat.Server.Protocol;
import dev.ripcord.tomcat.Server.Threads;

/// How a request comes and is handled: by which protocol, on which threads, and whether the handler blocks the
/// container's thread.
enum Mode {
    SYNC_ON_PLATFORM_THREADS(Protocol.RIPCORD, Threads.PLATFORM, "/sync", "sync, platform threads"),
    SYNC_ON_VIRTUAL_THREADS(Protocol.RIPCORD, Threads.VIRTUAL, "/sync", "sync, virtual threads"),
    ASYNC_ON_PLATFORM_THREADS(Protocol.RIPCORD, Threads.PLATFORM, "/async", "async, platform threads"),
    ASYNC_ON_VIRTUAL_THREADS(Protocol.RIPCORD, Threads.VIRTUAL, "/async", "async, virtual threads"),
    NIO_SYNC(Protocol.NIO, Threads.VIRTUAL, "/sync", "valve alone, NIO, sync"),
    NIO_ASYNC(Protocol.NIO, Threads.PLATFORM, "/async", "valve alone, NIO, async"),
    NIO2_SYNC(Protocol.NIO2, Threads.PLATFORM, "/sync", "valve alone, NIO2, sync"),
    NIO2_ASYNC(Protocol.NIO2, Threads.VIRTUAL, "/async", "valve alone, NIO2, async");

    final Protocol protocol;
    final Threads threads;
    final String path;
    final String title;

    Mode(Protocol protocol, Threads threads, String path, String title) {
        this.protocol = protocol;
        this.threads = threads;
        this.path = path;
        this.title = title;
    }
}

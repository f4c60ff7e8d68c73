package dev.ripcord.vertx;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import io.vertx.core.net.NetSocket;

/// Vert.x's request with a response that tells of itself. By its response it is also known to a router that wraps it.
final class WatchedRequest extends HttpServerRequestWrapper {

    private final Watch watch;

    WatchedRequest(HttpServerRequestInternal request, Watch watch) {
        super(request);
        this.watch = watch;
    }

    @Override
    public HttpServerResponse response() {
        return watch.response();
    }

    @Override
    public Future<Buffer> body() {
        Future<Buffer> body = super.body();
        watch.bodyTaken();
        return body;
    }

    @Override
    public Future<Void> end() {
        Future<Void> end = super.end();
        watch.bodyTaken();
        return end;
    }

    @Override
    public Future<ServerWebSocket> toWebSocket() {
        watch.responseOver();
        return super.toWebSocket();
    }

    @Override
    public Future<NetSocket> toNetSocket() {
        watch.responseOver();
        return super.toNetSocket();
    }
}

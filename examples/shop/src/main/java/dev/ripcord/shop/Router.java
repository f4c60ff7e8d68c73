package dev.ripcord.shop;

import dev.ripcord.Context;
import java.util.Map;

/// Finds the handler of a request by its path: `/search` is that path, `/products/*` whatever begins so, and `/` the
/// rest.
final class Router implements Handler {

    private final Map<String, Handler> routes;
    private final Handler rest;

    Router(Map<String, Handler> routes, Handler rest) {
        this.routes = Map.copyOf(routes);
        this.rest = rest;
    }

    @Override
    public Answer handle(Context ctx, Request request) throws Exception {
        String path = request.path();
        int second = path.indexOf('/', 1);
        Handler handler = routes.get(second < 0 ? path : path.substring(0, second) + "/*");
        return (handler == null ? rest : handler).handle(ctx, request);
    }
}

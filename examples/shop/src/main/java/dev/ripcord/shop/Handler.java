package dev.ripcord.shop;

import dev.ripcord.Context;

/// What answers a request, given its context: a method of [Handlers], or a [Middleware] around one.
@FunctionalInterface
interface Handler {

    Answer handle(Context ctx, Request request) throws Exception;
}

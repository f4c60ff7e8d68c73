package dev.ripcord.shop;

import dev.ripcord.Context;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/// What answers a request, given its context: a method of [Handlers], or a [Middleware] around one.
@FunctionalInterface
interface Handler {

    void handle(Context ctx, HttpServletRequest request, HttpServletResponse response) throws Exception;
}

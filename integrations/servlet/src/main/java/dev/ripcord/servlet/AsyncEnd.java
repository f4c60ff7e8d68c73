package dev.ripcord.servlet;

import dev.ripcord.http.RequestLifetime;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;

/// Ends an asynchronous request's context when the request is complete, however often it starts anew until then.
final class AsyncEnd implements AsyncListener {

    private final RequestLifetime lifetime;

    AsyncEnd(RequestLifetime lifetime) {
        this.lifetime = lifetime;
    }

    @Override
    public void onComplete(AsyncEvent event) {
        lifetime.handlerFinished();
    }

    /// Nothing: the container completes the request if the handler does not. Whether the error is the client's or the
    /// handler's own cannot be told here.
    @Override
    public void onError(AsyncEvent event) {}

    /// Nothing: a timeout of the container is not an end; what the handler makes of it is.
    @Override
    public void onTimeout(AsyncEvent event) {}

    /// A new start forgets all listeners.
    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this);
    }
}

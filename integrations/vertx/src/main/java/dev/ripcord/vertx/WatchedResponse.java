package dev.ripcord.vertx;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Vert.x's response, whose end, close, failures and failed writes the watch hears of.
///
/// Vert.x has room for one handler of each kind: those that a program sets are called after ours. A proxy rather than a
/// class that delegates, for the interface is long and grows, and much of it may fail to write.
record WatchedResponse(HttpServerResponse response, Watch watch) implements InvocationHandler {

    static HttpServerResponse around(HttpServerResponse response, Watch watch) {
        WatchedResponse watched = new WatchedResponse(response, watch);
        watched.handleFailures(null);
        watched.handleClose(null);
        watched.handleEnd(null);
        return (HttpServerResponse) Proxy.newProxyInstance(
                WatchedResponse.class.getClassLoader(), new Class<?>[] {HttpServerResponse.class}, watched);
    }

    @Override
    @SuppressWarnings("unchecked") // by the signatures of the methods
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        Object first = arguments == null || arguments.length == 0 ? null : arguments[0];
        switch (method.getName()) {
            case "exceptionHandler" -> handleFailures((Handler<Throwable>) first);
            case "closeHandler" -> handleClose((Handler<Void>) first);
            case "endHandler" -> handleEnd((Handler<Void>) first);
            default -> {
                return forward(proxy, method, arguments);
            }
        }
        return proxy;
    }

    private void handleFailures(@Nullable Handler<Throwable> program) {
        handle(response::exceptionHandler, watch::failed, program);
    }

    private void handleClose(@Nullable Handler<Void> program) {
        handle(response::closeHandler, nothing -> watch.responseOver(), program);
    }

    private void handleEnd(@Nullable Handler<Void> program) {
        handle(response::endHandler, nothing -> watch.responseOver(), program);
    }

    private <E> void handle(Consumer<Handler<E>> slot, Consumer<E> ours, @Nullable Handler<E> program) {
        if (program == null && response.ended()) {
            return; // Vert.x takes no handlers any more
        }
        slot.accept(event -> {
            ours.accept(event);
            if (program != null) {
                program.handle(event);
            }
        });
    }

    private @Nullable Object forward(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        if (method.getName().equals("reset")) {
            watch.responseOver(); // by the server: nobody has left
        }
        try {
            synchronized (watch.monitor()) {
                Object result = method.invoke(response, arguments);
                return result == response ? proxy : heard(result);
            }
        } catch (InvocationTargetException e) {
            overIfEnded(); // it may fail having ended, when the connection is closed
            throw e.getCause();
        }
    }

    /// Hears of a write that fails before Vert.x tells that this has closed the connection: for that the event loop
    /// enters the monitor, and a listener that comes when the write has failed already would be called later.
    private @Nullable Object heard(@Nullable Object result) {
        if (!(result instanceof Future<?> written)) {
            return result;
        }
        Future<?> heard = written.onFailure(this::writeFailed);
        if (written.failed()) {
            writeFailed(written.cause());
        }
        return heard;
    }

    /// Of a response that has ended, Vert.x tells nothing but this.
    private void writeFailed(Throwable failure) {
        watch.writeFailed(failure);
        overIfEnded();
    }

    private void overIfEnded() {
        if (response.ended()) {
            watch.responseOver();
        }
    }
}

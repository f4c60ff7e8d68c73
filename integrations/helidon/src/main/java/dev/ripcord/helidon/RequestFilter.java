package dev.ripcord.helidon;

import dev.ripcord.http.RequestLifetime;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/// The outermost filter: a request's context lasts as long as what is within.
final class RequestFilter implements Filter {

    private final RipcordFeature feature;

    RequestFilter(RipcordFeature feature) {
        this.feature = feature;
    }

    @Override
    public void beforeStart() {
        feature.started();
    }

    @Override
    public void afterStop() {
        feature.stopped();
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        RequestLifetime lifetime = feature.requests()
                .open(
                        request.prologue().method().text(),
                        request.prologue().uriPath().rawPath());
        request.context().register(RequestLifetime.ATTRIBUTE, lifetime);
        if (feature.isDraining() && request.prologue().protocolVersion().startsWith("1")) {
            response.headers().set(HeaderValues.CONNECTION_CLOSE);
        }
        Connection connection = Forwarding.connectionOf(request.listenerContext());
        connection.began(request.id(), lifetime);
        try {
            lifetime.call(() -> {
                chain.proceed();
                return chain;
            });
        } finally {
            connection.finished(request.id());
            lifetime.handlerFinished();
        }
    }
}

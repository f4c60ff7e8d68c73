package dev.ripcord.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ripcord.Context;
import org.junit.jupiter.api.Test;

class HttpExampleTest {

    // @start region="cause"
    static boolean isWorthAnAnswer(Context ctx) {
        return !(ctx.cause().orElse(null) instanceof RequestEndedException end && end.isClientGone());
    }
    // @end region="cause"

    @Test
    void aClientThatIsGoneGetsNoAnswer() {
        RequestLifetime request = ServerLifetime.under(Context.background()).open("GET", "/products");

        assertThat(isWorthAnAnswer(request.context())).isTrue();
        request.clientDisconnected();

        assertThat(isWorthAnAnswer(request.context())).isFalse();
    }
}

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.concurrent.Callable;

class ContextBackgroundInRequestCases {

    private final CancellableContext lifetime = Context.background().withCancel();

    String find(Context ctx, long id) {
        return "product " + id;
    }

    // @start region="bad"
    String describesBadly(Context ctx, long id) {
        // BUG: Diagnostic contains: `Context.background()` does not derive from `ctx`, which is in scope
        return "found " + find(Context.background(), id);
    }
    // @end region="bad"

    // @start region="good"
    String describes(Context ctx, long id) {
        return "found " + find(ctx, id);
    }
    // @end region="good"

    String todoIsAsBad(Context ctx, long id) {
        // BUG: Diagnostic contains: `Context.todo()` does not derive from `ctx`, which is in scope
        return find(Context.todo(), id);
    }

    String keptElsewhere(Context ctx, long id) {
        // BUG: Diagnostic contains: `lifetime` does not derive from `ctx`, which is in scope
        return find(lifetime, id);
    }

    String throughAMethod(Context ctx, long id) {
        // BUG: Diagnostic contains: `startAnew` starts from a root of its own: give it `ctx`
        return startAnew(id);
    }

    private String startAnew(long id) {
        return find(Context.background(), id);
    }

    Callable<String> inALambda(Context ctx) {
        // BUG: Diagnostic contains: `Context.background()` does not derive from `ctx`
        return () -> find(Context.background(), 1);
    }

    void theNearest(Context ctx) {
        try (var call = ctx.withCancel()) {
            // BUG: Diagnostic contains: `Context.background()` does not derive from `call`
            find(Context.background(), 1);
        }
    }

    static class Products extends HttpServlet {

        @Override
        public void init() {
            Context.background().throwIfDone();
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            // BUG: Diagnostic contains: `Context.background()` in code that serves requests: derive from the request's
            Context.background().throwIfDone();
        }
    }

    static class Controller {

        @interface GetMapping {}

        @GetMapping
        void list() {
            // BUG: Diagnostic contains: `Context.todo()` in code that serves requests
            Context.todo().throwIfDone();
        }
    }

    public static void main(String[] args) {
        Context.background().throwIfDone();
    }

    boolean isCompared(Context ctx) {
        return ctx == Context.background();
    }

    Context isJoined(Context ctx) {
        return Context.anyOf(ctx, lifetime);
    }

    static class Elsewhere {

        void derivesNothing() {
            Context.background().throwIfDone();
        }
    }
}

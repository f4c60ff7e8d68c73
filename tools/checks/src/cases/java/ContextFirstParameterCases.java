import dev.ripcord.Context;
import java.util.function.BiConsumer;

class ContextFirstParameterCases {

    interface Job {

        // BUG: Diagnostic contains: make `ctx` the first parameter of `run`
        void run(String name, Context ctx);
    }

    static class PrintJob implements Job {

        @Override
        public void run(String name, Context ctx) {}
    }

    // BUG: Diagnostic contains: make `ctx` the first parameter of `ContextFirstParameterCases`
    ContextFirstParameterCases(String name, Context ctx) {}

    // @start region="bad"
    // BUG: Diagnostic contains: make `ctx` the first parameter of `findBadly`
    String findBadly(long id, Context ctx) {
        ctx.throwIfDone();
        return "product " + id;
    }
    // @end region="bad"

    // @start region="good"
    String find(Context ctx, long id) {
        ctx.throwIfDone();
        return "product " + id;
    }
    // @end region="good"

    void takesTwo(Context first, Context second, String name) {}

    void takesMany(Context first, Context... others) {}

    void takesOne(Context ctx) {}

    // BUG: Diagnostic contains: make `second` the first parameter of `takesOneLate`
    void takesOneLate(Context first, String name, Context second) {}

    BiConsumer<String, Context> lambdasDoWhatTheirTypeSays() {
        return (name, ctx) -> ctx.throwIfDone();
    }

    record Both(String name, Context ctx) {}
}

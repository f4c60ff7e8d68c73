import dev.ripcord.CancellableContext;
import dev.ripcord.Context;

class ContextInFieldCases {

    // @start region="bad"
    static class BadRepository {

        // BUG: Diagnostic contains: the field `ctx` keeps a context: pass it as the first parameter
        private final Context ctx;

        BadRepository(Context ctx) {
            this.ctx = ctx;
        }

        String find(long id) {
            ctx.throwIfDone();
            return "product " + id;
        }
    }
    // @end region="bad"

    // @start region="good"
    static class Repository {

        String find(Context ctx, long id) {
            ctx.throwIfDone();
            return "product " + id;
        }
    }
    // @end region="good"

    // BUG: Diagnostic contains: the field `ROOT` keeps a context
    static final Context ROOT = Context.background();

    // BUG: Diagnostic contains: the record component `ctx` keeps a context
    record Job(Context ctx, String name) {}

    static class Server implements AutoCloseable {

        private final CancellableContext lifetime = Context.background().withCancel();

        @Override
        public void close() {
            lifetime.close();
        }
    }

    void localVariablesAndCapturesAreNoFields(Context ctx) {
        Context local = ctx.withoutCancel();
        Runnable task = () -> local.throwIfDone();
        task.run();
    }
}

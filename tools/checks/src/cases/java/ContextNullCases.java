import dev.ripcord.Context;
import org.jspecify.annotations.Nullable;

class ContextNullCases {

    ContextNullCases(Context ctx) {}

    void find(Context ctx, long id) {}

    void findAnywhere(@Nullable Context ctx) {}

    void describe(String text, Object argument) {}

    // @start region="bad"
    void findsBadly() {
        // BUG: Diagnostic contains: null as the context of `find`: pass the context of the caller, or Context.todo()
        find(null, 7);
    }
    // @end region="bad"

    // @start region="good"
    void finds(Context ctx) {
        find(ctx, 7);
    }
    // @end region="good"

    void passesNullThoughThereIsOne(Context ctx) {
        // BUG: Diagnostic contains: null as the context of `find`: pass `ctx`
        find(null, 7);
        // BUG: Diagnostic contains: null as the context of `find`
        find((Context) null, 7);
        // BUG: Diagnostic contains: null as the context of `find`
        find(ctx.done().isDone() ? null : ctx, 7);
        // BUG: Diagnostic contains: null as the context of `ContextNullCases`
        new ContextNullCases(null);
        // BUG: Diagnostic contains: null as the context of `anyOf`
        Context.anyOf(null, ctx);
    }

    Context returnsNull(boolean known, Context ctx) {
        if (known) {
            return ctx;
        }
        // BUG: Diagnostic contains: `returnsNull` returns null as a context: return a context
        return null;
    }

    @Nullable
    Context saysThatItReturnsNull() {
        return null;
    }

    void passesNullWhereItIsWelcome() {
        findAnywhere(null);
        describe("nothing", null);
    }

    boolean comparesWithNull(Context ctx) {
        return ctx == null;
    }
}

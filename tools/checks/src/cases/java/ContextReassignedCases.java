import dev.ripcord.Context;
import dev.ripcord.Key;
import java.util.List;

class ContextReassignedCases {

    static final Key<String> NAME = Key.of("name");

    private Context kept;

    ContextReassignedCases(Context ctx) {
        kept = ctx;
        kept = kept.withValue(NAME, "constructed");
    }

    void work(Context ctx) {}

    // @start region="bad"
    void worksBadly(Context ctx, List<String> names) {
        for (String name : names) {
            // BUG: Diagnostic contains: each round makes `ctx` a child of the previous one
            ctx = ctx.withValue(NAME, name);
            work(ctx);
        }
    }
    // @end region="bad"

    // @start region="good"
    void works(Context ctx, List<String> names) {
        for (String name : names) {
            Context item = ctx.withValue(NAME, name);
            work(item);
        }
    }
    // @end region="good"

    void inOtherLoops(Context ctx) {
        Context local = ctx;
        while (!local.done().isDone()) {
            // BUG: Diagnostic contains: each round makes `local` a child of the previous one
            local = local.withoutCancel();
        }
        do {
            // BUG: Diagnostic contains: each round makes `local` a child
            local = Context.anyOf(local, ctx);
        } while (!local.done().isDone());
        // BUG: Diagnostic contains: each round makes `local` a child
        for (int i = 0; i < 9; local = local.withValue(NAME, "x")) {
            i++;
        }
    }

    void inAField(String name) {
        // BUG: Diagnostic contains: each call makes the field `kept` a child of what it was
        kept = kept.withValue(NAME, name);
    }

    void once(Context ctx, String name) {
        ctx = ctx.withValue(NAME, name);
        work(ctx);
    }

    void fromTheSameParentEachTime(Context ctx, List<String> names) {
        Context current = ctx;
        for (String name : names) {
            current = ctx.withValue(NAME, name);
            work(current);
        }
    }

    void declaredInTheBody(Context ctx, List<String> names) {
        for (String name : names) {
            Context item = ctx;
            item = item.withValue(NAME, name);
            work(item);
        }
    }
}

package dev.ripcord.benchmarks;

import dev.ripcord.Context;
import dev.ripcord.Key;
import kotlin.coroutines.AbstractCoroutineContextElement;
import kotlin.coroutines.CoroutineContext;
import kotlin.coroutines.EmptyCoroutineContext;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Row 5, and its growth: reading the outermost of many values, and one that is not there.
public class Value {

    /// `value`.
    @Benchmark
    public @Nullable String ripcord(Ripcord values) {
        return values.context.value(values.wanted);
    }

    /// `Key.get`.
    @Benchmark
    public @Nullable String grpc(Grpc values) {
        return values.wanted.get(values.context);
    }

    /// `CoroutineContext.get`.
    @Benchmark
    public CoroutineContext.@Nullable Element kotlin(Kotlin values) {
        return values.context.get(values.wanted);
    }

    /// Whether the key is there: the outermost one, or none.
    @State(Scope.Thread)
    public abstract static class Wanted {

        /// `hit` or `miss`.
        @Param({"hit", "miss"})
        public String key = "hit";

        /// Makes `depth` values, each under a key of its own.
        @Setup
        public void open() {
            for (int i = 0; i < depth(); i++) {
                add(i == 0 && key.equals("hit"));
            }
        }

        abstract int depth();

        abstract void add(boolean wanted);
    }

    /// Ripcord's, at any depth.
    public static class Ripcord extends Wanted {

        /// The number of values.
        @Param({"1", "10", "100", "1000", "10000"})
        public int depth = 1;

        private Context context = Context.background();
        private Key<String> wanted = Key.of("absent", String.class);

        @Override
        int depth() {
            return depth;
        }

        @Override
        void add(boolean isWanted) {
            Key<String> next = Key.of("key", String.class);
            context = context.withValue(next, "value");
            wanted = isWanted ? next : wanted;
        }
    }

    /// gRPC's.
    public static class Grpc extends Wanted {

        /// The number of values.
        @Param("100")
        public int depth = 1;

        private io.grpc.Context context = io.grpc.Context.ROOT;
        private io.grpc.Context.Key<String> wanted = io.grpc.Context.key("absent");

        @Override
        int depth() {
            return depth;
        }

        @Override
        void add(boolean isWanted) {
            io.grpc.Context.Key<String> next = io.grpc.Context.key("key");
            context = context.withValue(next, "value");
            wanted = isWanted ? next : wanted;
        }
    }

    /// The elements of a coroutine's context.
    public static class Kotlin extends Wanted {

        /// The number of values.
        @Param("100")
        public int depth = 1;

        private CoroutineContext context = EmptyCoroutineContext.INSTANCE;
        private CoroutineContext.Key<Element> wanted = new ElementKey();

        @Override
        int depth() {
            return depth;
        }

        @Override
        void add(boolean isWanted) {
            ElementKey next = new ElementKey();
            context = context.plus(new Element(next));
            wanted = isWanted ? next : wanted;
        }

        private static final class ElementKey implements CoroutineContext.Key<Element> {}

        private static final class Element extends AbstractCoroutineContextElement {

            Element(ElementKey key) {
                super(key);
            }
        }
    }
}

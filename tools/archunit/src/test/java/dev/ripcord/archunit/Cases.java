package dev.ripcord.archunit;

import dev.ripcord.Blocking;
import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.Group;
import dev.ripcord.Key;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// For each rule, code that keeps to it and code that does not.
final class Cases {

    private Cases() {}

    static final class InField {

        final Context ctx;

        InField(Context ctx) {
            this.ctx = ctx;
        }

        record Job(Context ctx, String name) {}
    }

    static final class NotInField {

        private final CancellableContext lifetime = Context.background().withCancel();

        Runnable captures(Context ctx) {
            class Local implements Runnable {
                @Override
                public void run() {
                    ctx.throwIfDone();
                    lifetime.throwIfDone();
                }
            }
            return new Local();
        }
    }

    static final class Late {

        Late(String name, Context ctx) {
            find(name, ctx);
        }

        private static void find(String name, Context ctx) {
            ctx.withValue(Constant.NAME, name).throwIfDone();
        }
    }

    static final class First implements BiConsumer<String, Context> {

        First(Context ctx, Context other, String name) {
            accept(name, ctx);
            accept(name, other);
        }

        @Override
        public void accept(String name, Context ctx) {
            BiConsumer<String, Context> lambda = (text, context) -> context.throwIfDone();
            lambda.accept(name, ctx);
            new Inner(ctx, name).run(ctx);
        }

        record Given(String name, Context ctx) {}

        final class Inner {

            private final String name;

            Inner(Context ctx, String name) {
                this.name = name;
                ctx.throwIfDone();
            }

            void run(Context ctx) {
                accept(name, ctx);
            }
        }
    }

    static final class NotConstant {

        static Key<String> changing = Key.of("changing");

        private final Key<String> own = Key.of("own");

        @Nullable
        String of(Context ctx) {
            Key<String> local = Key.of("local");
            return ctx.value(local) == null ? ctx.value(own) : ctx.value(changing);
        }
    }

    static final class Constant {

        static final Key<String> NAME = Key.of("name");

        private final Key<?> another;

        Constant(Key<?> another) {
            this.another = another;
        }

        boolean isName() {
            return another == NAME;
        }
    }

    static final class Background {

        static void find(Context ctx) {
            ctx.throwIfDone();
            Late.find("a", Context.background());
            Runnable later = () -> Context.todo().throwIfDone();
            later.run();
            Supplier<Context> root = Context::background;
            root.get().throwIfDone();
        }
    }

    static final class Derived {

        static void main() {
            find(Context.background());
        }

        static void find(Context ctx) {
            Late.find("a", ctx.withoutCancel());
        }
    }

    static final class Dropped {

        static void waits(
                Context ctx,
                BlockingQueue<String> queue,
                ReentrantLock lock,
                Semaphore semaphore,
                CountDownLatch latch,
                Future<String> future,
                HttpClient http,
                HttpRequest request)
                throws Exception {
            ctx.throwIfDone();
            Thread.sleep(1);
            Thread.sleep(Duration.ofMillis(1));
            TimeUnit.MILLISECONDS.sleep(1);
            queue.put(queue.take());
            lock.lock();
            semaphore.acquire();
            latch.await();
            future.get();
            http.send(request, BodyHandlers.discarding());
        }
    }

    static final class NotDropped {

        static void waits(Context ctx, BlockingQueue<String> queue, Future<String> future) throws Exception {
            Blocking.put(ctx, queue, Blocking.take(ctx, queue));
            Blocking.interruptible(ctx, () -> future.get());
            queue.poll(1, TimeUnit.SECONDS);
            withoutContext(queue);
        }

        static void withoutContext(BlockingQueue<String> queue) throws InterruptedException {
            queue.take();
        }

        static String forks(Context ctx) throws Exception {
            try (Group group = Group.of(ctx)) {
                Future<String> one = group.fork(fork -> "one");
                group.join();
                return one.get();
            }
        }
    }
}

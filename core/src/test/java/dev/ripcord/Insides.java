package dev.ripcord;

import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/// What a test may see of a context that its users may not: whether its parent knows it, and what waits for it. To be
/// asked while nothing else touches the context.
final class Insides {

    private Insides() {}

    /// Whether the context is in its parent's list, or would be if it had a parent.
    static boolean isAttached(Context context) {
        return attachment(context) != null;
    }

    /// Whether the context is attached because somebody listens to it.
    static boolean isAttachedStrongly(Context context) {
        Link.Child place = attachment(context);
        return place != null && place.isStrong();
    }

    /// Whether a question to the context need not look at its ancestors.
    static boolean isComplete(Context context) {
        Link.Child place = attachment(context);
        return place != null && place.isComplete();
    }

    /// How many children, callbacks and threads are in the context's own list.
    static int listeners(Context context) {
        Link head = (Link) read(ScopeNode.class, "listeners", scope(context));
        int count = 0;
        for (Link link = head; link != null; link = link.next == head ? null : link.next) {
            count++;
        }
        return count;
    }

    /// How many timers are armed on the JVM's own clock.
    static int systemTimers() {
        int count = 0;
        for (Wheel stripe : (Wheel[]) present(read(TimeSource.SYSTEM.getClass(), "stripes", TimeSource.SYSTEM))) {
            count += timers(stripe);
        }
        return count;
    }

    /// How many timers are in `wheel`.
    static int timers(Wheel wheel) {
        int count = 0;
        for (Object bucket : (Object[]) present(read(Wheel.class, "buckets", wheel))) {
            for (Object timer = bucket; timer != null; timer = read(Wheel.Timer.class, "later", timer)) {
                count++;
            }
        }
        return count;
    }

    private static Link.@Nullable Child attachment(Context context) {
        return (Link.Child) read(ScopeNode.class, "attachment", scope(context));
    }

    private static ScopeNode scope(Context context) {
        return (ScopeNode) present(((Node) context).scope());
    }

    private static Object present(@Nullable Object value) {
        if (value == null) {
            throw new AssertionError("it has none: ask a context that can end");
        }
        return value;
    }

    private static @Nullable Object read(Class<?> type, String name, Object target) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(target);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the core has changed", e);
        }
    }
}

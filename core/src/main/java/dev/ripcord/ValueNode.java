package dev.ripcord;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// A value layer: one key and its value on top of the layers of its parent. It ends when its scope ends.
///
/// Lookup compares the keys of the innermost layers. The first one to get further makes a hash table of all layers,
/// which the following ask first, and which everything below that adds no value shares. So it is O(1) at any depth, and
/// a layer that nobody asks costs nothing but itself.
///
/// Some layers carry no value but a meaning: the two roots, a detached context, and a view that hides the power to
/// cancel (R7).
final class ValueNode extends Node {

    /// Layers that are compared before the table is asked.
    private static final int COMPARED = 4;

    private static final Key<String> ROOT = Key.of("root");
    private static final Key<Node> DETACHED = Key.of("detached");
    private static final Key<Object> VIEW = Key.of("view");

    private static final VarHandle TABLE;

    static {
        try {
            TABLE = MethodHandles.lookup().findVarHandle(ValueNode.class, "table", Object[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    static final ValueNode BACKGROUND = root("background", TimeSource.SYSTEM);
    static final ValueNode TODO = root("todo", TimeSource.SYSTEM);

    private final @Nullable ScopeNode scope;
    final @Nullable ValueNode previous;
    final TimeSource time;
    private final Key<?> key;
    private final @Nullable Object value;

    /// Keys at even places, each value behind its key; released and acquired, or null before the first deep lookup.
    @SuppressWarnings("UnusedVariable") // through TABLE
    private @Nullable Object @Nullable [] table;

    private ValueNode(
            @Nullable ScopeNode scope,
            @Nullable ValueNode previous,
            TimeSource time,
            Key<?> key,
            @Nullable Object value) {
        this.scope = scope;
        this.previous = previous;
        this.time = time;
        this.key = key;
        this.value = value;
    }

    /// The root of a tree whose time is `time`.
    static ValueNode root(String name, TimeSource time) {
        return new ValueNode(null, null, time, ROOT, name);
    }

    /// A [#BACKGROUND] whose time is `time`.
    static ValueNode rootOn(TimeSource time) {
        return time == TimeSource.SYSTEM ? BACKGROUND : root("background", time);
    }

    static ValueNode with(Node parent, Key<?> key, @Nullable Object value) {
        ValueNode layers = parent.values();
        return new ValueNode(parent.scope(), layers, layers.time, key, value);
    }

    static ValueNode detached(Node origin) {
        ValueNode layers = origin.values();
        return new ValueNode(null, layers, layers.time, DETACHED, origin);
    }

    static ValueNode view(ScopeNode scope) {
        return new ValueNode(scope, scope.values, scope.values.time, VIEW, null);
    }

    @Override
    @Nullable
    ScopeNode scope() {
        return scope;
    }

    @Override
    ValueNode values() {
        return this;
    }

    /// The context that this layer detached from its end, if that is what it is.
    @Nullable
    Node origin() {
        return key == DETACHED ? (Node) value : null;
    }

    /// This layer's part of a path.
    @Nullable
    String step() {
        if (key == ROOT) {
            return String.valueOf(value);
        }
        return key == VIEW ? null : ".withValue(" + key + ")";
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // withValue takes a key and a value of one type
    <T> @Nullable T lookup(Key<T> wanted) {
        @Nullable Object[] entries = (@Nullable Object @Nullable []) TABLE.getAcquire(this);
        if (entries == null) {
            ValueNode layer = this;
            for (int i = 0; i < COMPARED; i++) {
                if (layer.key == wanted) {
                    return (T) layer.value;
                }
                layer = layer.previous;
                if (layer == null) {
                    return null;
                }
            }
            entries = newTable();
            TABLE.setRelease(this, entries);
        }
        return (T) entries[place(entries, wanted) + 1];
    }

    private @Nullable Object[] newTable() {
        int count = 0;
        for (ValueNode layer = this; layer != null; layer = layer.previous) {
            count++;
        }
        // At most half full, so that a search for an absent key ends soon.
        @Nullable Object[] entries = new @Nullable Object[4 * Integer.highestOneBit(2 * count - 1)];
        for (ValueNode layer = this; layer != null; layer = layer.previous) {
            int place = place(entries, layer.key);
            if (entries[place] == null) {
                entries[place] = layer.key;
                entries[place + 1] = layer.value;
            }
        }
        return entries;
    }

    /// Where `wanted` is in `entries`, or the free place where its search ended.
    private static int place(@Nullable Object[] entries, Key<?> wanted) {
        int mask = entries.length - 2;
        int place = wanted.hash & mask;
        while (entries[place] != wanted && entries[place] != null) {
            place = (place + 2) & mask;
        }
        return place;
    }
}

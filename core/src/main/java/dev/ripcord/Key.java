package dev.ripcord;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodType;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The key of a context's value. Its identity is the key: two keys never collide, even under one name.
///
/// Keep it in a private static final field and give the package accessors for it:
///
/// {@snippet class="dev.ripcord.TourExampleTest" region="key"}
///
/// @param <T> the type of the values
public final class Key<T> {

    /// Steps by the golden ratio, so that the hashes of any keys made one after the other spread evenly.
    private static final AtomicInteger HASHES = new AtomicInteger();

    private final String name;
    private final @Nullable Class<T> type;

    /// Where tables of values begin to look for this key.
    final int hash = HASHES.addAndGet(0x9E3779B9);

    private Key(String name, @Nullable Class<T> type) {
        this.name = name;
        this.type = type;
    }

    /// A new key, different from every other one.
    ///
    /// @param <T> the type of the values
    /// @param name what paths and logs show
    /// @param type the class that every value is checked against
    /// @return a key equal to no other
    public static <T> Key<T> of(String name, Class<T> type) {
        requireNonNull(name, "name");
        return new Key<>(name, boxed(requireNonNull(type, "type")));
    }

    /// A new key for values of a generic type, such as `Key<List<String>>`; values are not checked.
    ///
    /// @param <T> the type of the values
    /// @param name what paths and logs show
    /// @return a key equal to no other
    public static <T> Key<T> of(String name) {
        return new Key<>(requireNonNull(name, "name"), null);
    }

    /// What paths and logs show.
    ///
    /// @return the name it was made with
    public String name() {
        return name;
    }

    /// The name.
    @Override
    public String toString() {
        return name;
    }

    @SuppressWarnings("unchecked") // the class literals of a primitive type and of its box have the same type
    private static <T> Class<T> boxed(Class<T> type) {
        return (Class<T>) MethodType.methodType(type).wrap().returnType();
    }

    void check(@Nullable Object value) {
        if (value != null && type != null && !type.isInstance(value)) {
            throw new ClassCastException("value of key %s is a %s, not a %s"
                    .formatted(name, value.getClass().getName(), type.getName()));
        }
    }
}

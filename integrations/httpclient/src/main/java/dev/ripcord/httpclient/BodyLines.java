package dev.ripcord.httpclient;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.util.Comparator;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// The elements of a response body, whose reads throw how the context ended, if they fail after its end.
///
/// Only a failure of the source is looked at; one of the code that consumes the elements passes.
final class BodyLines<E> extends AbstractSpliterator<E> {

    @SuppressWarnings("ContextInField") // a body belongs to the context of its call
    private final Context ctx;

    private final Spliterator<E> source;

    /// The element on its way from the source to the consumer.
    private @Nullable E next;

    private BodyLines(Context ctx, Spliterator<E> source) {
        super(source.estimateSize(), source.characteristics());
        this.ctx = ctx;
        this.source = source;
    }

    static <E> Stream<E> of(Context ctx, Stream<E> elements) {
        return StreamSupport.stream(new BodyLines<>(ctx, elements.spliterator()), elements.isParallel())
                .onClose(elements::close);
    }

    @Override
    public boolean tryAdvance(Consumer<? super E> action) {
        try {
            if (!source.tryAdvance(element -> next = element)) {
                return false;
            }
        } catch (RuntimeException failure) {
            throw Exchange.reason(ctx, failure) instanceof ContextException end ? end : failure;
        }
        action.accept(next);
        return true;
    }

    @Override
    public @Nullable Comparator<? super E> getComparator() {
        return source.getComparator();
    }
}

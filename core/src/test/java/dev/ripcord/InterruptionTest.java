package dev.ripcord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.Pipe;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Blocking#interruptible] and the fence around its interrupt.
class InterruptionTest {

    private final ManualClock clock = new ManualClock();
    private final CancellableContext scope = clock.root().withCancel();
    private final CancellableContext other = clock.root().withCancel();
    private final Exception gone = new Exception("client is gone");

    private static void assertNoInterruptIsLeft() {
        assertThat(Thread.interrupted()).as("interrupted").isFalse();
    }

    /// Waits for an interrupt, and takes it.
    private static void awaitInterrupt() {
        assertThatThrownBy(() -> new Gate().await()).hasRootCauseInstanceOf(InterruptedException.class);
    }

    /// Blocks for ever, if it is not interrupted.
    private static Object block() throws InterruptedException {
        new CountDownLatch(1).await();
        return "unreachable";
    }

    @Nested
    class TheOperation {

        @ParameterizedTest
        @EnumSource
        void isInterruptedWhenTheContextEnds(Threads threads) {
            var waiter = threads.start(() -> {
                assertThatThrownBy(() -> Blocking.interruptible(scope, InterruptionTest::block))
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("context cancelled: client is gone at test.withCancel")
                        .hasCause(gone)
                        .satisfies(e ->
                                assertThat(e.getSuppressed()).singleElement().isInstanceOf(InterruptedException.class));
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            scope.cancel(gone);

            waiter.join();
        }

        @ParameterizedTest
        @EnumSource
        void isInterruptedAtItsFirstWaitIfTheContextEndsBefore(Threads threads) {
            threads.start(() -> {
                        assertThatThrownBy(() -> Blocking.interruptible(scope, () -> {
                                    scope.cancel();
                                    return block();
                                }))
                                .isInstanceOf(CancelledException.class);
                        assertNoInterruptIsLeft();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void isLeftAloneAfterItsEnd(Threads threads) {
            threads.start(() -> {
                        String result = Blocking.interruptible(scope, () -> "a");
                        scope.cancel();

                        assertThat(result).isEqualTo("a");
                        assertNoInterruptIsLeft();
                    })
                    .join();
            assertThat(Insides.listeners(scope)).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void mayReturnAlthoughTheContextHasEnded(Threads threads) {
            threads.start(() -> {
                        String result = Blocking.interruptible(scope, () -> {
                            scope.cancel();
                            awaitInterrupt();
                            Thread.currentThread().interrupt();
                            return "a";
                        });

                        assertThat(result).isEqualTo("a");
                        assertNoInterruptIsLeft();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void isToldByTheContextsExceptionWhateverItMadeOfTheInterrupt(Threads threads) {
            IOException wrapped = new InterruptedIOException("read");
            threads.start(() -> {
                        assertThatThrownBy(() -> Blocking.interruptible(scope, () -> {
                                    scope.cancel();
                                    awaitInterrupt();
                                    Thread.currentThread().interrupt();
                                    throw wrapped;
                                }))
                                .isInstanceOf(CancelledException.class)
                                .hasSuppressedException(wrapped);
                        assertNoInterruptIsLeft();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void mayThrowTheContextsExceptionItself(Threads threads) {
            threads.start(() -> {
                        Context layer = scope.withValue(Key.of("user"), "ada");
                        assertThatThrownBy(() -> Blocking.interruptible(scope, () -> {
                                    scope.cancel();
                                    awaitInterrupt();
                                    layer.throwIfDone();
                                    return "unreachable";
                                }))
                                .hasMessage("context cancelled at test.withCancel.withValue(user)")
                                .hasNoSuppressedExceptions();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void throwsItsOwnExceptionsUnchangedIfItWasNotInterrupted(Threads threads) {
            IOException own = new IOException("no route");
            threads.start(() -> assertThat(catchThrowable(() -> Blocking.interruptible(scope, () -> {
                                throw own;
                            })))
                            .isSameAs(own)
                            .hasNoSuppressedExceptions())
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void throwsItsErrorsUnchanged(Threads threads) {
            Error own = new AssertionError("expected");
            threads.start(() -> {
                        assertThat(catchThrowable(() -> Blocking.interruptible(scope, () -> {
                                    scope.cancel();
                                    awaitInterrupt();
                                    throw own;
                                })))
                                .isSameAs(own);
                        assertNoInterruptIsLeft();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void mayReadAChannelWhichIsClosed(Threads threads) {
            Gate entered = new Gate();
            var reader = threads.start(() -> {
                Pipe pipe = Pipe.open();
                try (InputStream in = Channels.newInputStream(pipe.source());
                        var sink = pipe.sink()) {
                    assertThatThrownBy(() -> Blocking.interruptible(scope, () -> {
                                entered.open();
                                return in.read();
                            }))
                            .isInstanceOf(CancelledException.class)
                            .satisfies(e -> assertThat(e.getSuppressed())
                                    .singleElement()
                                    .isInstanceOf(ClosedByInterruptException.class));
                    assertNoInterruptIsLeft();
                    assertThat(sink.isOpen()).isTrue();
                }
            });

            entered.await();

            scope.cancel();

            reader.join();
        }

        @ParameterizedTest
        @EnumSource
        void isInterruptedWhenADeadlinePasses(Threads threads) {
            var waiter = threads.start(() -> assertThatThrownBy(() ->
                            Blocking.interruptible(scope.withTimeout(Duration.ofSeconds(1)), InterruptionTest::block))
                    .isInstanceOf(DeadlineExceededException.class));
            waiter.awaitParked();

            clock.advance(Duration.ofSeconds(1));

            waiter.join();
        }
    }

    @Nested
    class R5TheThreadThatEndsTheContext {

        /// A channel that says who closed it.
        private static final class Closed extends AbstractInterruptibleChannel {

            private final AtomicReference<String> closer = new AtomicReference<>();
            private final Gate blocked = new Gate();
            private final Gate closed = new Gate();

            void use() throws AsynchronousCloseException {
                begin();
                try {
                    blocked.open();
                    closed.await();
                } catch (AssertionError e) {
                    // At a gate, by the interrupt.
                    closed.await();
                } finally {
                    end(false);
                }
            }

            @Override
            protected void implCloseChannel() {
                closer.set(Thread.currentThread().getName());
                closed.open();
            }
        }

        @ParameterizedTest
        @EnumSource
        void doesNotRunTheCodeThatAnInterruptRuns(Threads threads) {
            Closed channel = new Closed();
            var user = threads.start(() -> assertThatThrownBy(() -> Blocking.interruptible(scope, () -> {
                        channel.use();
                        return "unreachable";
                    }))
                    .isInstanceOf(CancelledException.class));
            channel.blocked.await();

            scope.cancel();

            user.join();
            assertThat(channel.closer.get()).startsWith("ripcord-daemon-");
        }
    }

    @Nested
    class AnInterruptBySomebodyElse {

        @ParameterizedTest
        @EnumSource
        void thatWasPendingBeforeIsPendingAfter(Threads threads) {
            threads.start(() -> {
                        Thread.currentThread().interrupt();
                        assertThatThrownBy(() -> Blocking.interruptible(scope, () -> {
                                    awaitInterrupt();
                                    scope.cancel();
                                    return block();
                                }))
                                .isInstanceOf(CancelledException.class);
                        assertThat(Thread.interrupted()).isTrue();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void thatIsNotAnsweredStaysPendingIfTheContextDoesNotEnd(Threads threads) {
            threads.start(() -> {
                        String result = Blocking.interruptible(scope, () -> {
                            Thread.currentThread().interrupt();
                            return "a";
                        });

                        assertThat(result).isEqualTo("a");
                        assertThat(Thread.interrupted()).isTrue();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void thatMeetsAWaitBeforeTheContextEndsIsPendingAfter(Threads threads) {
            BlockingQueue<String> queue = new LinkedBlockingQueue<>();
            Thread[] self = new Thread[1];
            Context late = Context.anyOf(scope, Context.of(new Signal() {
                @Override
                public Runnable subscribe(Runnable onEnd) {
                    // The wait has not begun, but its fence stands.
                    self[0] = Thread.currentThread();
                    self[0].interrupt();
                    scope.cancel();
                    return () -> {};
                }
            }));
            threads.start(() -> {
                        assertThatThrownBy(() -> Blocking.take(late, queue)).isInstanceOf(CancelledException.class);
                        assertThat(Thread.interrupted()).isTrue();
                    })
                    .join();
        }
    }

    @Nested
    class NestedBlocks {

        /// In an outer block under `scope`, does `inner`, and then waits.
        private void assertTheOuterOneStillEnds(Threads threads, Threads.Action inner) {
            threads.start(() -> {
                        assertThatThrownBy(() -> Blocking.interruptible(scope, () -> {
                                    inner.run();
                                    return block();
                                }))
                                .isInstanceOf(CancelledException.class)
                                .hasCause(gone);
                        assertNoInterruptIsLeft();
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void theOuterInterruptSurvivesTheInnerEnd(Threads threads) {
            assertTheOuterOneStillEnds(
                    threads,
                    () -> assertThatThrownBy(() -> Blocking.interruptible(other, () -> {
                                scope.cancel(gone);
                                awaitInterrupt();
                                other.cancel();
                                return block();
                            }))
                            .hasMessage("context cancelled at test.withCancel"));
        }

        @ParameterizedTest
        @EnumSource
        void theOuterInterruptSurvivesTheInnerEndThatCameFirst(Threads threads) {
            assertTheOuterOneStillEnds(
                    threads,
                    () -> assertThatThrownBy(() -> Blocking.interruptible(other, () -> {
                                other.cancel();
                                awaitInterrupt();
                                scope.cancel(gone);
                                return block();
                            }))
                            .hasMessage("context cancelled at test.withCancel"));
        }

        @ParameterizedTest
        @EnumSource
        void theOuterInterruptSurvivesAWait(Threads threads) {
            assertTheOuterOneStillEnds(
                    threads,
                    () -> assertThatThrownBy(() -> Blocking.take(scope, new LinkedBlockingQueue<>() {
                                @Override
                                public Object take() throws InterruptedException {
                                    scope.cancel(gone);
                                    return block();
                                }
                            }))
                            .isInstanceOf(CancelledException.class));
        }

        @ParameterizedTest
        @EnumSource
        void theOuterInterruptEndsTheInnerBlock(Threads threads) {
            var waiter = threads.start(() -> {
                assertThatThrownBy(() -> Blocking.interruptible(
                                scope, () -> Blocking.interruptible(other, InterruptionTest::block)))
                        .isInstanceOf(CancelledException.class)
                        .hasCause(gone)
                        .satisfies(e ->
                                assertThat(e.getSuppressed()).singleElement().isInstanceOf(InterruptedException.class));
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            scope.cancel(gone);

            waiter.join();
            assertThat(Insides.listeners(other)).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void theInnerInterruptDoesNotReachTheOuterBlock(Threads threads) {
            threads.start(() -> {
                        String result = Blocking.interruptible(scope, () -> {
                            assertThatThrownBy(
                                            () -> Blocking.interruptible(scope.withTimeout(Duration.ZERO), () -> "a"))
                                    .isInstanceOf(DeadlineExceededException.class);
                            try (var inner = scope.withCancel()) {
                                assertThatThrownBy(() -> Blocking.interruptible(inner, () -> {
                                            inner.cancel();
                                            return block();
                                        }))
                                        .isInstanceOf(CancelledException.class);
                            }
                            assertNoInterruptIsLeft();
                            return "b";
                        });

                        assertThat(result).isEqualTo("b");
                    })
                    .join();
        }

        @ParameterizedTest
        @EnumSource
        void ofOneContextThrowOneException(Threads threads) {
            var waiter = threads.start(() -> {
                assertThatThrownBy(() -> Blocking.interruptible(
                                scope, () -> Blocking.take(scope.withCancel(), new LinkedBlockingQueue<>())))
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("context cancelled: client is gone at test.withCancel.withCancel")
                        .hasNoSuppressedExceptions();
                assertNoInterruptIsLeft();
            });
            waiter.awaitParked();

            scope.cancel(gone);

            waiter.join();
        }
    }
}

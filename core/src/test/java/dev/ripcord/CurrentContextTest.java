package dev.ripcord;

import static dev.ripcord.ContextAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The ambient context: [Context#current()], [Context#run], [Context#call] and [Context#wrap(Runnable)].
class CurrentContextTest {

    private static final Key<String> USER = Key.of("user", String.class);

    private final Context ada = Context.background().withValue(USER, "ada");
    private final Context bob = Context.background().withValue(USER, "bob");
    private final CancellableContext scope = ada.withCancel();

    private static String user() {
        return String.valueOf(Context.current().value(USER));
    }

    @Nested
    class R12TheAmbientWay {

        @Test
        void thereIsTheBackgroundUnlessSomebodyInstalledAnother() {
            assertThat(Context.current()).isSameAs(Context.background());
        }

        @ParameterizedTest
        @EnumSource
        void runInstallsAndRestores(Threads threads) {
            threads.start(() -> {
                        List<String> seen = new ArrayList<>();

                        ada.run(() -> {
                            seen.add(user());
                            bob.run(() -> seen.add(user()));
                            seen.add(user());
                            Context.background().run(() -> seen.add(user()));
                            seen.add(user());
                        });

                        assertThat(seen).containsExactly("ada", "bob", "ada", "null", "ada");
                        assertThat(Context.current()).isSameAs(Context.background());
                    })
                    .join();
        }

        @Test
        void runRestoresAlsoAfterAnException() {
            ada.run(() -> {
                assertThatThrownBy(() -> bob.run(() -> {
                            throw new IllegalStateException("expected");
                        }))
                        .hasMessage("expected");
                assertThat(user()).isEqualTo("ada");
            });
        }

        @Test
        void callReturnsTheResultAndRestores() {
            String seen = ada.call(CurrentContextTest::user);

            assertThat(seen).isEqualTo("ada");
            assertThat(Context.current()).isSameAs(Context.background());
        }

        @Test
        void callThrowsWhatTheOperationThrowsAndRestores() {
            Context.CallableOp<String, IOException> failing = () -> {
                throw new IOException("expected");
            };

            assertThatThrownBy(() -> ada.call(failing)).isInstanceOf(IOException.class);

            assertThat(Context.current()).isSameAs(Context.background());
        }

        @Test
        void anEndedContextIsInstalledAllTheSame() {
            scope.cancel();

            scope.run(() -> assertThat(Context.current()).isCancelled());
        }

        @ParameterizedTest
        @EnumSource
        void wrapCarriesItToAnotherThreadAnyNumberOfTimes(Threads threads) {
            List<String> seen = new ArrayList<>();
            Runnable task = ada.wrap(() -> {
                seen.add(user());
            });

            threads.start(task::run).join();
            threads.start(task::run).join();
            bob.run(task);

            assertThat(seen).containsExactly("ada", "ada", "ada");
        }

        @ParameterizedTest
        @EnumSource
        void wrapCarriesItWithACallable(Threads threads) {
            Callable<String> task = ada.wrap(CurrentContextTest::user);
            AtomicReference<String> seen = new AtomicReference<>();

            threads.start(() -> seen.set(task.call())).join();

            assertThat(seen).hasValue("ada");
            assertThatThrownBy(ada.wrap(() -> {
                        throw new IOException("expected");
                    })::call)
                    .isInstanceOf(IOException.class);
        }

        @ParameterizedTest
        @EnumSource
        void aNewThreadInheritsNothing(Threads threads) {
            AtomicReference<Context> seen = new AtomicReference<>();

            ada.run(() -> threads.start(() -> seen.set(Context.current())).join());

            assertThat(seen).hasValue(Context.background());
        }

        @Test
        void theTimerAndTheCallbacksThatItStartsHaveNone() {
            AtomicReference<Context> seen = new AtomicReference<>();
            Gate called = new Gate();
            ada.run(() -> Context.current().withTimeout(Duration.ofMillis(5)).afterFunc(() -> {
                seen.set(Context.current());
                called.open();
            }));

            called.await();

            assertThat(seen).hasValue(Context.background());
        }
    }

    @Nested
    class R7NoDowncast {

        @Test
        void currentCannotBeCancelledAndEndsWithTheScope() {
            AtomicReference<Context> seen = new AtomicReference<>();
            scope.run(() -> seen.set(Context.current()));

            assertThat(seen.get()).isNotInstanceOf(CancellableContext.class).isNotInstanceOf(AutoCloseable.class);
            assertThat(seen.get().done()).isEqualTo(scope.done());
            assertThat(seen.get().value(USER)).isEqualTo("ada");
            assertThat(seen.get()).hasToString(scope.toString());
            scope.cancel();
            assertThat(seen.get()).isCancelled();
        }

        @Test
        void whatCallAndWrapInstallCannotBeCancelled() throws Exception {
            List<Context> seen = new ArrayList<>();
            scope.call(() -> seen.add(Context.current()));
            scope.wrap(() -> {
                        seen.add(Context.current());
                    })
                    .run();
            scope.wrap((Callable<Boolean>) () -> seen.add(Context.current())).call();
            scope.run(() -> Context.current().run(() -> seen.add(Context.current())));

            assertThat(seen).hasSize(4).noneMatch(context -> context instanceof CancellableContext);
        }

        @Test
        void whatIsDerivedFromCurrentIsOnesOwn() {
            scope.run(() -> {
                var own = Context.current().withCancel();
                own.cancel();
                assertThat(own).isCancelled();
            });

            assertThat(scope).isLive();
        }

        @Test
        void valuesDetachmentsAndJoinsCannotBeCancelled() {
            assertThat(scope.withValue(USER, "bob")).isNotInstanceOf(CancellableContext.class);
            assertThat(scope.withoutCancel()).isNotInstanceOf(CancellableContext.class);
            assertThat(Context.anyOf(scope)).isNotInstanceOf(CancellableContext.class);
            assertThat(Context.anyOf(scope, ada.withCancel())).isNotInstanceOf(CancellableContext.class);
        }
    }
}

package dev.ripcord.archunit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// [ContextRules]: what each finds in [Cases], and what it leaves alone.
class ContextRulesTest {

    private static final Pattern PLACE = Pattern.compile(" in \\(Cases\\.java:\\d+\\)");

    /// Without the package, and without the lines.
    private static List<String> findings(ArchRule rule, Class<?>... types) {
        return rule.evaluate(new ClassFileImporter().importClasses(types)).getFailureReport().getDetails().stream()
                .map(line -> PLACE.matcher(line).replaceAll("").replace("dev.ripcord.archunit.Cases$", ""))
                .sorted()
                .toList();
    }

    @Nested
    class AContext {

        @Test
        void isNotKeptInAField() {
            assertThat(findings(ContextRules.CONTEXT_IN_FIELD, Cases.InField.class, Cases.InField.Job.class))
                    .containsExactly(
                            "[ContextInField] Field <InField$Job.ctx> keeps a context: pass it as the first parameter"
                                    + " of the methods that need it",
                            "[ContextInField] Field <InField.ctx> keeps a context: pass it as the first parameter of"
                                    + " the methods that need it");
        }

        @Test
        void mayBeCapturedAndAScopeMayBeKept() throws ClassNotFoundException {
            Class<?> local = Class.forName(Cases.NotInField.class.getName() + "$1Local");

            assertThat(local.getDeclaredFields()).isNotEmpty();
            assertThat(findings(ContextRules.CONTEXT_IN_FIELD, Cases.NotInField.class, local))
                    .isEmpty();
        }

        @Test
        void isTheFirstParameter() {
            assertThat(findings(ContextRules.CONTEXT_FIRST_PARAMETER, Cases.Late.class))
                    .containsExactly(
                            "[ContextFirstParameter] Constructor <Late.<init>(java.lang.String, dev.ripcord.Context)>"
                                    + " takes a context late: make it the first parameter",
                            "[ContextFirstParameter] Method <Late.find(java.lang.String, dev.ripcord.Context)> takes a"
                                    + " context late: make it the first parameter");
        }

        @Test
        void isWhereItMustBeInAnOverrideALambdaARecordAndAnInnerClass() {
            assertThat(findings(
                            ContextRules.CONTEXT_FIRST_PARAMETER,
                            Cases.First.class,
                            Cases.First.Given.class,
                            Cases.First.Inner.class))
                    .isEmpty();
        }

        @Test
        void isDerivedFromTheOneAtHand() {
            String root = "[ContextBackgroundInRequest] Method <Background.find(dev.ripcord.Context)> %s method"
                    + " <dev.ripcord.Context.%s()>: derive from the context that is a parameter";

            assertThat(findings(ContextRules.CONTEXT_BACKGROUND_IN_REQUEST, Cases.Background.class))
                    .containsExactly(
                            root.formatted("calls", "background"),
                            root.formatted("calls", "todo"),
                            root.formatted("references", "background"));
        }

        @Test
        void isMadeWhereThereIsNone() {
            assertThat(findings(ContextRules.CONTEXT_BACKGROUND_IN_REQUEST, Cases.Derived.class))
                    .isEmpty();
        }
    }

    @Nested
    class AKey {

        @Test
        void isAConstant() {
            assertThat(findings(ContextRules.CONTEXT_KEY_NOT_CONSTANT, Cases.NotConstant.class))
                    .containsExactly(
                            "[ContextKeyNotConstant] Constructor <NotConstant.<init>()> calls method"
                                    + " <dev.ripcord.Key.of(java.lang.String)>: keep the key in a private static"
                                    + " final field",
                            "[ContextKeyNotConstant] Field <NotConstant.changing> may become another key: make it"
                                    + " static final",
                            "[ContextKeyNotConstant] Method <NotConstant.of(dev.ripcord.Context)> calls method"
                                    + " <dev.ripcord.Key.of(java.lang.String)>: keep the key in a private static"
                                    + " final field");
        }

        @Test
        void mayBeGiven() {
            assertThat(findings(ContextRules.CONTEXT_KEY_NOT_CONSTANT, Cases.Constant.class))
                    .isEmpty();
        }
    }

    @Nested
    class AWait {

        @Test
        void endsWithTheContext() {
            assertThat(findings(ContextRules.CONTEXT_DROPPED_CALL, Cases.Dropped.class))
                    .allMatch(
                            line -> line.startsWith("[ContextDroppedCall] Method <Dropped.waits(dev.ripcord.Context, "))
                    .extracting(line -> line.replaceFirst(".* calls method ", ""))
                    .containsExactlyInAnyOrder(
                            "<java.lang.Thread.sleep(long)>: it goes on when the context ends; use"
                                    + " Blocking.sleep(ctx, …)",
                            "<java.lang.Thread.sleep(java.time.Duration)>: it goes on when the context ends; use"
                                    + " Blocking.sleep(ctx, …)",
                            "<java.util.concurrent.TimeUnit.sleep(long)>: it goes on when the context ends; use"
                                    + " Blocking.sleep(ctx, …)",
                            "<java.util.concurrent.BlockingQueue.take()>: it goes on when the context ends; use"
                                    + " Blocking.take(ctx, …)",
                            "<java.util.concurrent.BlockingQueue.put(java.lang.Object)>: it goes on when the context"
                                    + " ends; use Blocking.put(ctx, …)",
                            "<java.util.concurrent.locks.ReentrantLock.lock()>: it goes on when the context ends; use"
                                    + " Blocking.lock(ctx, …)",
                            "<java.util.concurrent.Semaphore.acquire()>: it goes on when the context ends; use"
                                    + " Blocking.acquire(ctx, …)",
                            "<java.util.concurrent.CountDownLatch.await()>: it goes on when the context ends; use"
                                    + " Blocking.await(ctx, …)",
                            "<java.util.concurrent.Future.get()>: it goes on when the context ends; use"
                                    + " Blocking.interruptible(ctx, …)",
                            "<java.net.http.HttpClient.send(java.net.http.HttpRequest,"
                                    + " java.net.http.HttpResponse$BodyHandler)>: it goes on when the context ends; use"
                                    + " ContextHttpClient");
        }

        @Test
        void mayBeALambdaOneOfAGroupOneWithALimitOrOneWithoutAContext() {
            assertThat(findings(ContextRules.CONTEXT_DROPPED_CALL, Cases.NotDropped.class))
                    .isEmpty();
        }
    }

    @Test
    void allOfThemAreOne() {
        assertThat(findings(
                        ContextRules.ALL,
                        Cases.InField.class,
                        Cases.Late.class,
                        Cases.NotConstant.class,
                        Cases.Background.class,
                        Cases.Dropped.class))
                .extracting(line -> line.substring(1, line.indexOf(']')))
                .containsOnly(
                        "ContextInField",
                        "ContextFirstParameter",
                        "ContextKeyNotConstant",
                        "ContextBackgroundInRequest",
                        "ContextDroppedCall");
    }
}

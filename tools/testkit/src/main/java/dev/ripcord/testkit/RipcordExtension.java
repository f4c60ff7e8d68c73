package dev.ripcord.testkit;

import dev.ripcord.CancellableContext;
import dev.ripcord.Context;
import dev.ripcord.ContextException.Kind;
import dev.ripcord.spi.DaemonThreads;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/// A context for each test of JUnit 5 or 6, which ends with it, and the assurance that it left nothing behind.
///
/// {@snippet class="dev.ripcord.testkit.TestingExampleTest" region="extension"}
///
/// ## Rules
///
/// - A test, its `@BeforeEach` and its `@AfterEach` may have parameters of type [Context], [CancellableContext] and
///   [ManualClock]. There is one context a test, and one clock.
/// - The context is closed when the test method has returned, before `@AfterEach`, so that those can wait for what
///   ends with it.
/// - If there is a `@Timeout`, or a default of JUnit's for it, the context has a deadline before that: a tenth of it,
///   at most 5 seconds, sooner. So what waits in it ends, and the test fails where it waited, instead of being
///   interrupted.
/// - If the test, or a `@BeforeEach` of it, takes a [ManualClock], the context has that clock, and no deadline; when
///   the time is up in reality, it is cancelled with a [TimeoutException].
/// - When the time is up, the live contexts of the test are printed as a tree, to the standard error, with the stacks
///   of the threads that wait in them and of the test's own.
/// - After each test, and after each class, nothing that it registered may be left, as with [LeakDetector]; unless it
///   is marked with [LeavesBehind].
///
/// It is switched on by `@ExtendWith(RipcordExtension.class)`, or for all tests by JUnit's property
/// `junit.jupiter.extensions.autodetection.enabled`.
///
/// ## Threads and memory
///
/// Tests may run at the same time. See [LeakDetector] for whose a context is.
public final class RipcordExtension
        implements TestInstancePreConstructCallback,
                BeforeAllCallback,
                BeforeEachCallback,
                AfterTestExecutionCallback,
                AfterEachCallback,
                AfterAllCallback,
                ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(RipcordExtension.class);

    private static final Duration MOST_SOONER = Duration.ofSeconds(5);

    private static final Pattern TIMEOUT = Pattern.compile("([1-9]\\d*) ?(ns|μs|ms|s|m|h|d)?");

    /// For JUnit.
    public RipcordExtension() {}

    /// A class of tests, or one test.
    private static final class Session {

        private final Ledger ledger;
        private @Nullable TestContext context;

        Session(Ledger ledger) {
            this.ledger = ledger;
        }
    }

    /// What a test is given.
    @SuppressWarnings("ContextInField") // until the test is over
    private record TestContext(CancellableContext scope, Context handedOut, ManualClock clock, Runnable closing) {}

    // ------------------------------------------------------------------------------------------ before and after

    /// The fields of an instance belong to its test.
    @Override
    public void preConstructTestInstance(TestInstanceFactoryContext factory, ExtensionContext context) {
        Ledger current = LeakObserver.current();
        if (current == null || !current.isToBeTaken()) {
            LeakObserver.open(outer(Optional.of(context)), listener -> {});
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        begin(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        begin(context);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        Session session = session(context);
        if (session != null && session.context != null) {
            session.context.closing.run();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        finish(context, "left behind by this test");
    }

    @Override
    public void afterAll(ExtensionContext context) {
        finish(context, "left behind by this class");
    }

    /// Takes the ledger that was opened for the fields, or opens one.
    private static void begin(ExtensionContext context) {
        Ledger current = LeakObserver.current();
        Ledger own = current != null && current.isToBeTaken()
                ? current
                : LeakObserver.open(outer(context.getParent()), listener -> {});
        own.take();
        store(context).put(Session.class, new Session(own));
    }

    /// The ledger of the class around.
    private static @Nullable Ledger outer(Optional<ExtensionContext> around) {
        Session session = around.map(RipcordExtension::session).orElse(null);
        return session == null ? null : session.ledger;
    }

    private static void finish(ExtensionContext context, String what) {
        Session session = session(context);
        if (session == null) {
            return; // it never began
        }
        LeakObserver.close(session.ledger);
        if (AnnotationSupport.findAnnotation(context.getElement(), LeavesBehind.class)
                .or(() -> enclosing(context)
                        .flatMap(type -> AnnotationSupport.findAnnotation(type, LeavesBehind.class).stream())
                        .findFirst())
                .isEmpty()) {
            LeakDetector.check(session.ledger, what);
        }
    }

    private static @Nullable Session session(ExtensionContext context) {
        return store(context).get(Session.class, Session.class);
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }

    private static Stream<Class<?>> enclosing(ExtensionContext context) {
        return Stream.<Class<?>>iterate(
                context.getRequiredTestClass(), type -> type != null, type -> type.getEnclosingClass());
    }

    // ------------------------------------------------------------------------------------------- parameters

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Context.class || type == CancellableContext.class || type == ManualClock.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (context.getTestMethod().isEmpty() || !(parameter.getDeclaringExecutable() instanceof Method)) {
            throw new ParameterResolutionException(
                    "a context or a clock belongs to one test; take it in the test or in @BeforeEach, not in "
                            + parameter.getDeclaringExecutable().getName());
        }
        Session session = Objects.requireNonNull(session(context), "beforeEach has made it");
        TestContext known = session.context;
        if (known == null) {
            known = open(context, session.ledger);
            session.context = known;
        }
        Class<?> type = parameter.getParameter().getType();
        if (type == ManualClock.class) {
            return known.clock;
        }
        return type == Context.class ? known.handedOut : known.scope;
    }

    // the watch is closed with the test, and its time is the JVM's, whatever the test's is
    @SuppressWarnings({"ContextBackgroundInRequest", "ContextNotClosed"})
    private static TestContext open(ExtensionContext context, Ledger ledger) {
        ManualClock clock = new ManualClock();
        boolean manual = takesClock(context);
        Optional<Duration> budget = timeout(context).map(RipcordExtension::sooner);
        Thread thread = Thread.currentThread();
        List<Runnable> closing = new ArrayList<>();
        CancellableContext scope = manual
                ? clock.root().withCancel()
                : budget.map(time -> Context.background().withTimeout(time, "test"))
                        .orElseGet(() -> Context.background().withCancel());
        budget.ifPresent(time -> LeakObserver.unwatched(() -> {
            // Somewhat sooner, while those who wait still do.
            Duration soon = time.minus(time.dividedBy(20));
            CancellableContext watch = Context.background().withTimeout(soon, "test");
            watch.afterFunc(DaemonThreads.executor(), () -> {
                if (watch.err().orElseThrow().kind() == Kind.DEADLINE_EXCEEDED) {
                    System.err.println("out of time after " + soon + ": " + context.getDisplayName() + " of "
                            + context.getRequiredTestClass().getName() + ", with " + Dump.of(ledger, thread));
                    if (manual) {
                        scope.cancel(new TimeoutException("the test's time is up after " + soon));
                    }
                }
            });
            closing.add(watch::close);
        }));
        closing.add(scope::close);
        return new TestContext(scope, handedOut(scope), clock, () -> closing.forEach(Runnable::run));
    }

    private static Context handedOut(Context scope) {
        return scope.call(Context::current);
    }

    private static boolean takesClock(ExtensionContext context) {
        Stream<Method> before = enclosing(context)
                .flatMap(type ->
                        AnnotationSupport.findAnnotatedMethods(type, BeforeEach.class, HierarchyTraversalMode.TOP_DOWN)
                                .stream());
        return Stream.concat(Stream.of(context.getRequiredTestMethod()), before)
                .flatMap(method -> Stream.of(method.getParameters()))
                .map(Parameter::getType)
                .anyMatch(type -> type == ManualClock.class);
    }

    // --------------------------------------------------------------------------------------------- timeouts

    private static Duration sooner(Duration timeout) {
        Duration tenth = timeout.dividedBy(10);
        return timeout.minus(tenth.compareTo(MOST_SOONER) < 0 ? tenth : MOST_SOONER);
    }

    private static Optional<Duration> timeout(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Timeout.class)
                .or(() -> enclosing(context)
                        .flatMap(type -> AnnotationSupport.findAnnotation(type, Timeout.class).stream())
                        .findFirst())
                .map(timeout -> Duration.of(timeout.value(), timeout.unit().toChronoUnit()))
                .or(() -> Stream.of("test.method.default", "testable.method.default", "default")
                        .flatMap(name ->
                                context.getConfigurationParameter("junit.jupiter.execution.timeout." + name).stream())
                        .findFirst()
                        .flatMap(RipcordExtension::parse));
    }

    /// A duration as JUnit writes it, such as `2 m`; seconds without a unit. JUnit itself complains about others.
    static Optional<Duration> parse(String text) {
        Matcher matcher = TIMEOUT.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long value = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2);
        return Optional.of(
                switch (unit == null ? "s" : unit) {
                    case "ns" -> Duration.ofNanos(value);
                    case "μs" -> Duration.ofNanos(1_000 * value);
                    case "ms" -> Duration.ofMillis(value);
                    case "m" -> Duration.ofMinutes(value);
                    case "h" -> Duration.ofHours(value);
                    case "d" -> Duration.ofDays(value);
                    default -> Duration.ofSeconds(value);
                });
    }
}

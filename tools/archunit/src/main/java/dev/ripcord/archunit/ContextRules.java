package dev.ripcord.archunit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaStaticInitializer;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Mistakes with contexts that class files tell, as rules of ArchUnit, for code that Error Prone does not see.
///
/// {@snippet class="dev.ripcord.archunit.ContextRulesExampleTest" region="all"}
///
/// Each rule has the name of the check in ripcord-checks that finds the same mistake, and says what to do instead. The
/// check sees more: variables, paths, suppressions. Ripcord's types are known by name, so any version of it will do.
public final class ContextRules {

    private static final String CONTEXT = "dev.ripcord.Context";
    private static final String KEY = "dev.ripcord.Key";

    /// No field keeps a context. The owner of a scope may keep that, and a context another one.
    public static final ArchRule CONTEXT_IN_FIELD =
            rule("ContextInField", "a context belongs to a call", fields()::should, ContextRules::inField);

    /// Contexts come before all other parameters, where their order can be chosen.
    public static final ArchRule CONTEXT_FIRST_PARAMETER =
            rule("ContextFirstParameter", "a context comes first", codeUnits()::should, ContextRules::late);

    /// A key is made for a `static final` field and nowhere else.
    public static final ArchRule CONTEXT_KEY_NOT_CONSTANT = CompositeArchRule.of(List.of(
            rule("ContextKeyNotConstant", "a key is its identity", codeUnits()::should, ContextRules::newKeys),
            rule("ContextKeyNotConstant", "a key is a constant", fields()::should, ContextRules::variableKey)));

    /// What takes a context makes no other root, not in a lambda either.
    public static final ArchRule CONTEXT_BACKGROUND_IN_REQUEST = rule(
            "ContextBackgroundInRequest", "work derives from its context", codeUnits()::should, ContextRules::roots);

    /// What takes a context waits with it. Lambdas are not looked at, for what runs them may end them, as
    /// `Blocking.interruptible` does; nor is `Future.get` where a group forks, whose futures end with it.
    public static final ArchRule CONTEXT_DROPPED_CALL =
            rule("ContextDroppedCall", "a wait ends with its context", codeUnits()::should, ContextRules::waits);

    /// All of them.
    public static final ArchRule ALL = CompositeArchRule.of(List.of(
            CONTEXT_IN_FIELD,
            CONTEXT_FIRST_PARAMETER,
            CONTEXT_KEY_NOT_CONSTANT,
            CONTEXT_BACKGROUND_IN_REQUEST,
            CONTEXT_DROPPED_CALL));

    /// A call that blocks and knows no context, and what to call instead. Of several that fit, the first counts.
    private record Wait(String type, Set<String> methods, Set<Integer> parameters, String instead) {

        private static final String CONCURRENT = "java.util.concurrent.";

        static final List<Wait> ALL = List.of(
                of("java.lang.Thread", "sleep", "Blocking.sleep(ctx, …)", 1),
                of("java.lang.Thread", "join", "Blocking.join(ctx, …)", 0),
                of(CONCURRENT + "TimeUnit", "sleep", "Blocking.sleep(ctx, …)", 1),
                of(CONCURRENT + "BlockingQueue", "take", "Blocking.take(ctx, …)", 0),
                of(CONCURRENT + "BlockingQueue", "put", "Blocking.put(ctx, …)", 1),
                of(CONCURRENT + "locks.Lock", "lock lockInterruptibly", "Blocking.lock(ctx, …)", 0),
                of(CONCURRENT + "locks.Condition", "await awaitUninterruptibly", "Blocking.await(ctx, …)", 0),
                of(CONCURRENT + "Semaphore", "acquire acquireUninterruptibly", "Blocking.acquire(ctx, …)", 0, 1),
                of(CONCURRENT + "CountDownLatch", "await", "Blocking.await(ctx, …)", 0),
                of(CONCURRENT + "CompletableFuture", "get join", "Blocking.await(ctx, …)", 0),
                of(CONCURRENT + "Future", "get", "Blocking.interruptible(ctx, …)", 0),
                of(CONCURRENT + "ExecutorService", "invokeAll invokeAny", "Group.of(ctx)", 1),
                of("java.lang.ProcessBuilder", "start", "Processes.start(ctx, …)", 0),
                of("java.net.http.HttpClient", "send sendAsync", "ContextHttpClient", 2),
                of("javax.sql.DataSource", "getConnection", "ContextDataSource.getConnection(ctx)", 0),
                of("java.sql.DriverManager", "getConnection", "ContextDataSource.getConnection(ctx)", 1, 2, 3));

        private static Wait of(String type, String methods, String instead, Integer... parameters) {
            return new Wait(type, Set.of(methods.split(" ")), Set.of(parameters), instead);
        }

        boolean is(JavaMethodCall call) {
            return methods.contains(call.getName())
                    && parameters.contains(
                            call.getTarget().getRawParameterTypes().size())
                    && call.getTargetOwner().isAssignableTo(type);
        }
    }

    private ContextRules() {}

    /// @param findings what is wrong with one member, and what to do
    private static <T> ArchRule rule(
            String name,
            String why,
            Function<ArchCondition<T>, ? extends ArchRule> members,
            Function<T, Stream<String>> findings) {
        ArchCondition<T> condition = new ArchCondition<>("keep to " + name) {
            @Override
            public void check(T member, ConditionEvents events) {
                findings.apply(member)
                        .map(finding -> "[" + name + "] " + finding)
                        .forEach(finding -> events.add(SimpleConditionEvent.violated(member, finding)));
            }
        };
        return members.apply(condition).as(name + ": " + why).allowEmptyShould(true);
    }

    private static boolean isContext(JavaClass type) {
        return type.isAssignableTo(CONTEXT);
    }

    private static Stream<String> inField(JavaField field) {
        boolean may = field.getModifiers().contains(JavaModifier.SYNTHETIC)
                || field.getRawType().isAssignableTo("dev.ripcord.CancellableContext")
                || isContext(field.getOwner());
        return isContext(field.getRawType()) && !may
                ? Stream.of(field.getDescription()
                        + " keeps a context: pass it as the first parameter of the methods that need it")
                : Stream.empty();
    }

    private static Stream<String> late(JavaCodeUnit unit) {
        JavaClass owner = unit.getOwner();
        boolean given = unit.isConstructor()
                ? owner.isRecord() || owner.isEnum() || owner.isAnonymousClass() || owner.isLocalClass()
                : unit.getModifiers().contains(JavaModifier.SYNTHETIC) || overrides(unit);
        // the compiler puts the object around before the parameters of an inner class
        boolean late = unit.getRawParameterTypes().stream()
                .skip(unit.isConstructor() && owner.isInnerClass() ? 1 : 0)
                .dropWhile(ContextRules::isContext)
                .anyMatch(ContextRules::isContext);
        return late && !given
                ? Stream.of(unit.getDescription() + " takes a context late: make it the first parameter")
                : Stream.empty();
    }

    private static boolean overrides(JavaCodeUnit unit) {
        JavaClass owner = unit.getOwner();
        return Stream.concat(owner.getAllRawSuperclasses().stream(), owner.getAllRawInterfaces().stream())
                .flatMap(above -> above.getMethods().stream())
                .anyMatch(method -> method.getName().equals(unit.getName())
                        && method.getRawParameterTypes().size()
                                == unit.getRawParameterTypes().size());
    }

    private static Stream<String> newKeys(JavaCodeUnit unit) {
        return accesses(unit, KEY, Set.of("of"))
                .filter(call -> !(unit instanceof JavaStaticInitializer))
                .map(call -> call.getDescription() + ": keep the key in a private static final field");
    }

    private static Stream<String> variableKey(JavaField field) {
        Set<JavaModifier> modifiers = field.getModifiers();
        boolean varies = modifiers.contains(JavaModifier.STATIC) && !modifiers.contains(JavaModifier.FINAL);
        return field.getRawType().getName().equals(KEY) && varies
                ? Stream.of(field.getDescription() + " may become another key: make it static final")
                : Stream.empty();
    }

    private static Stream<String> roots(JavaCodeUnit unit) {
        return accesses(unit, CONTEXT, Set.of("background", "todo"))
                .filter(root -> takesContext(unit))
                .map(root -> root.getDescription() + ": derive from the context that is a parameter");
    }

    private static Stream<String> waits(JavaCodeUnit unit) {
        boolean forks =
                accesses(unit, "dev.ripcord.Group", Set.of("fork")).findAny().isPresent();
        return unit.getMethodCallsFromSelf().stream()
                .filter(call -> takesContext(unit) && !call.isDeclaredInLambda())
                .flatMap(call -> Wait.ALL.stream()
                        .filter(wait -> wait.is(call))
                        .limit(1)
                        .filter(wait -> !(forks && wait.type.endsWith(".Future")))
                        .map(wait -> "%s: it goes on when the context ends; use %s"
                                .formatted(call.getDescription(), wait.instead)));
    }

    private static boolean takesContext(JavaCodeUnit unit) {
        return unit.getRawParameterTypes().stream().anyMatch(ContextRules::isContext);
    }

    /// The calls of some methods of a type, and what refers to them as `Type::method`.
    private static Stream<? extends JavaAccess<?>> accesses(JavaCodeUnit unit, String type, Set<String> methods) {
        return Stream.concat(unit.getMethodCallsFromSelf().stream(), unit.getMethodReferencesFromSelf().stream())
                .filter(access -> methods.contains(access.getName())
                        && access.getTargetOwner().isAssignableTo(type));
    }
}

package dev.ripcord.checks;

import com.google.errorprone.VisitorState;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.fixes.SuggestedFixes;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.Tree;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Type;
import java.util.List;
import java.util.Optional;

/// A call that blocks, and knows no context, for which Ripcord has one that does.
///
/// @param type whose method it is
/// @param method its name
/// @param parameters how many it has
/// @param instead what to call; `CTX`, `THIS`, `ARG` and `MILLIS` stand for the context, the receiver, the argument
///     and the argument in milliseconds
/// @param isExact whether that is code that throws what the call throws, and no mere advice
record BlockingCall(String type, String method, int parameters, String instead, boolean isExact) {

    private static final String CONCURRENT = "java.util.concurrent.";
    private static final String BLOCKING = "dev.ripcord.Blocking";

    static final List<BlockingCall> ALL = List.of(
            exact("java.lang.Thread", "sleep", 1, "Blocking.sleep(CTX, MILLIS)"),
            exact("java.lang.Thread", "join", 0, "Blocking.join(CTX, THIS)"),
            exact(CONCURRENT + "TimeUnit", "sleep", 1, "Blocking.sleep(CTX, Duration.of(ARG, THIS.toChronoUnit()))"),
            exact(CONCURRENT + "BlockingQueue", "take", 0, "Blocking.take(CTX, THIS)"),
            exact(CONCURRENT + "BlockingQueue", "put", 1, "Blocking.put(CTX, THIS, ARG)"),
            exact(CONCURRENT + "locks.Lock", "lockInterruptibly", 0, "Blocking.lock(CTX, THIS)"),
            advice(CONCURRENT + "locks.Lock", "lock", 0, "Blocking.lock(CTX, THIS)"),
            exact(CONCURRENT + "locks.Condition", "await", 0, "Blocking.await(CTX, THIS)"),
            advice(CONCURRENT + "locks.Condition", "awaitUninterruptibly", 0, "Blocking.await(CTX, THIS)"),
            exact(CONCURRENT + "Semaphore", "acquire", 0, "Blocking.acquire(CTX, THIS)"),
            exact(CONCURRENT + "Semaphore", "acquire", 1, "Blocking.acquire(CTX, THIS, ARG)"),
            advice(CONCURRENT + "Semaphore", "acquireUninterruptibly", 0, "Blocking.acquire(CTX, THIS)"),
            advice(CONCURRENT + "Semaphore", "acquireUninterruptibly", 1, "Blocking.acquire(CTX, THIS, ARG)"),
            exact(CONCURRENT + "CountDownLatch", "await", 0, "Blocking.await(CTX, THIS)"),
            exact(CONCURRENT + "CompletableFuture", "get", 0, "Blocking.await(CTX, THIS)"),
            advice(CONCURRENT + "CompletableFuture", "join", 0, "Blocking.await(CTX, THIS)"),
            advice(CONCURRENT + "Future", "get", 0, "Blocking.interruptible(CTX, THIS::get)"),
            advice(CONCURRENT + "ExecutorService", "invokeAll", 1, "Group.of(CTX)"),
            advice(CONCURRENT + "ExecutorService", "invokeAny", 1, "Group.of(CTX)"),
            advice("java.lang.ProcessBuilder", "start", 0, "Processes.start(CTX, THIS)"),
            advice("java.net.http.HttpClient", "send", 2, "ContextHttpClient.send(CTX, …)"),
            advice("java.net.http.HttpClient", "sendAsync", 2, "ContextHttpClient.sendAsync(CTX, …)"),
            advice("dev.ripcord.httpclient.ContextHttpClient", "send", 2, "ContextHttpClient.send(CTX, …)"),
            advice("dev.ripcord.httpclient.ContextHttpClient", "sendAsync", 2, "ContextHttpClient.sendAsync(CTX, …)"),
            advice("javax.sql.DataSource", "getConnection", 0, "ContextDataSource.getConnection(CTX)"),
            advice("java.sql.DriverManager", "getConnection", 1, "ContextDataSource.getConnection(CTX)"),
            advice("java.sql.DriverManager", "getConnection", 3, "ContextDataSource.getConnection(CTX)"));

    /// What a wait declares to throw.
    private static final List<String> THROWN =
            List.of("java.lang.InterruptedException", "java.sql.SQLException", CONCURRENT + "TimeoutException");

    private static BlockingCall exact(String type, String method, int parameters, String instead) {
        return new BlockingCall(type, method, parameters, instead, true);
    }

    private static BlockingCall advice(String type, String method, int parameters, String instead) {
        return new BlockingCall(type, method, parameters, instead, false);
    }

    /// The first that a tree is.
    static Optional<BlockingCall> of(Tree tree, VisitorState state) {
        return tree instanceof MethodInvocationTree call
                ? ALL.stream().filter(each -> each.matches(call, state)).findFirst()
                : Optional.empty();
    }

    private boolean matches(MethodInvocationTree call, VisitorState state) {
        return call.getArguments().size() == parameters && Contexts.isCall(call, state, type, method);
    }

    /// Whether a tree is a call that may block: one of these, or one that throws what a wait throws.
    static boolean mayBlock(Tree tree, VisitorState state) {
        if (!(tree instanceof MethodInvocationTree call)) {
            return false;
        }
        MethodSymbol method = ASTHelpers.getSymbol(call);
        return of(call, state).isPresent()
                || method.getThrownTypes().stream()
                        .anyMatch(thrown -> THROWN.stream().anyMatch(name -> Contexts.isSubtype(thrown, name, state)));
    }

    /// What to call instead, as text.
    String advice(MethodInvocationTree call, String ctx, VisitorState state) {
        ExpressionTree receiver = ASTHelpers.getReceiver(call);
        String argument = call.getArguments().isEmpty()
                ? ""
                : Contexts.source(call.getArguments().getFirst(), state);
        return instead.replace("CTX", ctx)
                .replace("THIS", receiver == null ? "this" : Contexts.source(receiver, state))
                .replace(
                        "MILLIS",
                        argument.isEmpty() || isDuration(call, state)
                                ? argument
                                : "Duration.ofMillis(" + argument + ")")
                .replace("ARG", argument);
    }

    SuggestedFix fix(MethodInvocationTree call, String ctx, VisitorState state) {
        if (!isExact) {
            return SuggestedFix.emptyFix();
        }
        SuggestedFix.Builder fix = SuggestedFix.builder();
        String code =
                advice(call, ctx, state).replaceFirst("^Blocking", SuggestedFixes.qualifyType(state, fix, BLOCKING));
        if (method.equals("sleep") && !isDuration(call, state)) {
            SuggestedFixes.qualifyType(state, fix, "java.time.Duration");
        }
        return fix.replace(call, code).build();
    }

    private static boolean isDuration(MethodInvocationTree call, VisitorState state) {
        Type type = ASTHelpers.getType(call.getArguments().getFirst());
        return Contexts.isSubtype(type, "java.time.Duration", state);
    }
}

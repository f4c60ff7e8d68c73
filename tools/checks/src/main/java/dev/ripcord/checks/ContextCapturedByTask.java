package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.BugPattern.StandardTags.FRAGILE_CODE;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.IdentifierTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A context captured by a task that nobody waits for, and so outlives what the context belongs to.
@BugPattern(
        summary = "the context may have ended before this task runs",
        severity = WARNING,
        tags = FRAGILE_CODE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextCapturedByTask")
public final class ContextCapturedByTask extends BugChecker implements IdentifierTreeMatcher {

    /// What is still right after the end.
    private static final Set<String> OUTLIVING = Set.of("withoutCancel", "value");

    /// What waits for tasks, by any class.
    private static final Set<String> WAITING =
            Set.of("await", "join", "get", "awaitTermination", "invokeAll", "invokeAny", "take", "close", "acquire");

    /// Made by Error Prone.
    public ContextCapturedByTask() {}

    @Override
    public Description matchIdentifier(IdentifierTree tree, VisitorState state) {
        if (!(ASTHelpers.getSymbol(tree) instanceof VarSymbol ctx)
                || !Contexts.isContext(ctx.type, state)
                || !(ctx.owner instanceof Symbol.MethodSymbol)) {
            return Description.NO_MATCH;
        }
        TreePath start = startOf(ctx, state.getPath(), state);
        if (start == null || outlives(state) || isAwaited(start)) {
            return Description.NO_MATCH;
        }
        return buildDescription(tree)
                .setMessage(
                        "nobody waits for this task, and `%s` ends without it: capture `%s.withoutCancel()`, or wait"
                                .formatted(ctx.name, ctx.name))
                .addFix(
                        Contexts.isSubtype(ctx.type, Contexts.CONTEXT, state)
                                ? SuggestedFix.postfixWith(tree, ".withoutCancel()")
                                : SuggestedFix.emptyFix())
                .build();
    }

    private static boolean outlives(VisitorState state) {
        return state.getPath().getParentPath().getLeaf() instanceof MemberSelectTree select
                && OUTLIVING.contains(select.getIdentifier().toString());
    }

    /// The call, a statement of its own, that starts the task around a mention of a context from outside it; null if
    /// there is none.
    private static @Nullable TreePath startOf(VarSymbol ctx, TreePath mention, VisitorState state) {
        for (TreePath path = mention; path.getParentPath() != null; path = path.getParentPath()) {
            Tree around = path.getLeaf();
            if (around instanceof MethodTree || declares(around, ctx)) {
                return null;
            }
            if (around instanceof ExpressionStatementTree statement
                    && starts(statement.getExpression(), mention, state)) {
                return path;
            }
        }
        return null;
    }

    /// Whether a lambda is where a variable is declared, as a parameter or within.
    private static boolean declares(Tree tree, VarSymbol variable) {
        return tree instanceof LambdaExpressionTree
                && Contexts.contains(
                        tree,
                        each -> each instanceof VariableTree declaration
                                && variable.equals(ASTHelpers.getSymbol(declaration)));
    }

    /// Whether a statement starts a task, an argument that contains a mention, and drops its handle.
    private static boolean starts(ExpressionTree statement, TreePath mention, VisitorState state) {
        if (!(statement instanceof MethodInvocationTree call)) {
            return false;
        }
        boolean startsArgument = Contexts.isCall(
                        call,
                        state,
                        "java.util.concurrent.Executor",
                        "execute",
                        "submit",
                        "schedule",
                        "scheduleAtFixedRate",
                        "scheduleWithFixedDelay")
                || Contexts.isCall(call, state, "java.util.concurrent.CompletableFuture", "runAsync", "supplyAsync")
                || Contexts.isCall(call, state, "java.util.Timer", "schedule", "scheduleAtFixedRate")
                || Contexts.isCall(call, state, "java.lang.Thread", "startVirtualThread")
                || Contexts.isCall(call, state, "java.lang.Thread.Builder", "start");
        if (startsArgument) {
            return call.getArguments().stream().anyMatch(argument -> isWithin(mention, argument));
        }
        return Contexts.isCall(call, state, "java.lang.Thread", "start")
                && ASTHelpers.getReceiver(call) instanceof NewClassTree thread
                && thread.getArguments().stream().anyMatch(argument -> isWithin(mention, argument));
    }

    private static boolean isWithin(TreePath mention, Tree argument) {
        for (Tree around : mention) {
            if (around == argument) {
                return true;
            }
        }
        return false;
    }

    /// Whether something after the start waits, or the executor is closed by a `try` around it.
    private static boolean isAwaited(TreePath start) {
        int position = ASTHelpers.getStartPosition(start.getLeaf());
        ExpressionTree executor = ASTHelpers.getReceiver(((ExpressionStatementTree) start.getLeaf()).getExpression());
        Symbol pool = executor == null ? null : ASTHelpers.getSymbol(executor);
        for (Tree around : start) {
            if (around instanceof TryTree attempt
                    && attempt.getResources().stream()
                            .anyMatch(resource -> pool != null && pool.equals(ASTHelpers.getSymbol(resource)))) {
                return true;
            }
            if (around instanceof MethodTree method) {
                return Contexts.contains(
                        method.getBody(),
                        each -> each instanceof MethodInvocationTree call
                                && ASTHelpers.getStartPosition(call) > position
                                && !Contexts.contains(start.getLeaf(), inner -> inner == call)
                                && WAITING.contains(Contexts.name(call)));
            }
        }
        return false;
    }
}

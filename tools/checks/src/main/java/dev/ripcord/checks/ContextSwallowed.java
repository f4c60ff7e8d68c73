package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.BugPattern.StandardTags.FRAGILE_CODE;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.CatchTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.tree.ThrowTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.UnionTypeTree;
import com.sun.source.util.TreePath;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The end of a context, or an interrupt, that is caught and then gone.
@BugPattern(
        summary = "a caught end of a context disappears, and the work goes on",
        severity = WARNING,
        tags = FRAGILE_CODE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextSwallowed")
public final class ContextSwallowed extends BugChecker implements CatchTreeMatcher {

    private static final String END = "dev.ripcord.ContextException";
    private static final String INTERRUPT = "java.lang.InterruptedException";

    /// What a catch may be wider than, and still mean the end of a context.
    private static final Set<String> WIDE =
            Set.of("java.lang.RuntimeException", "java.lang.Exception", "java.lang.Throwable");

    /// Made by Error Prone.
    public ContextSwallowed() {}

    @Override
    public Description matchCatch(CatchTree tree, VisitorState state) {
        if (isAnswered(tree, state)) {
            return Description.NO_MATCH;
        }
        if (catches(tree, INTERRUPT, state)) {
            return isOnlyLogged(tree, state) && !endsItsThread(tree, state)
                    ? buildDescription(tree)
                            .setMessage(
                                    "the interrupt is lost: restore it with Thread.currentThread().interrupt(), or throw")
                            .addFix(restore(tree, state))
                            .build()
                    : Description.NO_MATCH;
        }
        boolean isEnd = catches(tree, END, state) || (isWide(tree) && passesContext(state));
        return isEnd && !Contexts.mentions(tree.getBlock(), parameter(tree))
                ? buildDescription(tree)
                        .setMessage("the end of the context disappears in this catch: throw it on, or answer it")
                        .build()
                : Description.NO_MATCH;
    }

    private static VarSymbol parameter(CatchTree tree) {
        return ASTHelpers.getSymbol(tree.getParameter());
    }

    private static List<? extends Tree> types(CatchTree tree) {
        return tree.getParameter().getType() instanceof UnionTypeTree union
                ? union.getTypeAlternatives()
                : List.of(tree.getParameter().getType());
    }

    private static boolean catches(CatchTree tree, String type, VisitorState state) {
        return types(tree).stream().anyMatch(each -> Contexts.isSubtype(ASTHelpers.getType(each), type, state));
    }

    private static boolean isWide(CatchTree tree) {
        return types(tree).stream().anyMatch(each -> WIDE.contains(String.valueOf(ASTHelpers.getType(each))));
    }

    /// Whether the guarded block calls something with a context.
    private static boolean passesContext(VisitorState state) {
        return state.getPath().getParentPath().getLeaf() instanceof TryTree attempt
                && Contexts.contains(
                        attempt.getBlock(),
                        each -> each instanceof MethodInvocationTree call
                                && (call.getArguments().stream()
                                                .anyMatch(argument -> Contexts.isContext(argument, state))
                                        || Contexts.isCall(call, state, Contexts.CONTEXT, "throwIfDone")));
    }

    /// Whether the catch throws, restores an interrupt, remembers something, gives an answer, or asks a context.
    private static boolean isAnswered(CatchTree tree, VisitorState state) {
        return Contexts.contains(
                tree.getBlock(),
                each -> each instanceof ThrowTree
                        || each instanceof AssignmentTree
                        || Contexts.isCall(each, state, "java.lang.Thread", "interrupt")
                        || (each instanceof ReturnTree answer && isAnswer(answer.getExpression()))
                        || (each instanceof MethodInvocationTree
                                && (Contexts.mentions(each, Set.of(), state) || isFailure(each))));
    }

    private static boolean isAnswer(@Nullable ExpressionTree value) {
        return value != null && value.getKind() != Tree.Kind.NULL_LITERAL;
    }

    /// A test's own: `fail()` and the like throw.
    private static boolean isFailure(Tree tree) {
        return tree instanceof MethodInvocationTree call
                && Set.of("fail", "exit", "halt").contains(Contexts.name(call));
    }

    /// Whether the exception is named by nobody but a log.
    private static boolean isOnlyLogged(CatchTree tree, VisitorState state) {
        VarSymbol exception = parameter(tree);
        return tree.getBlock().getStatements().stream()
                .allMatch(statement -> !Contexts.mentions(statement, exception) || logs(statement, state));
    }

    private static boolean logs(StatementTree statement, VisitorState state) {
        return Contexts.contains(statement, each -> {
            ExpressionTree receiver = each instanceof MethodInvocationTree call ? ASTHelpers.getReceiver(call) : null;
            return receiver != null
                    && (String.valueOf(ASTHelpers.getType(receiver)).matches(".*(Log|Logger|PrintStream|PrintWriter)")
                            || Contexts.isCall(each, state, "java.lang.Throwable", "printStackTrace"));
        });
    }

    /// Whether the catch is the last that its thread does: the last statement of a `run()` that takes nothing, or of a
    /// lambda, and in no loop.
    private static boolean endsItsThread(CatchTree tree, VisitorState state) {
        Tree child = tree;
        for (TreePath path = state.getPath().getParentPath(); path != null; path = path.getParentPath()) {
            Tree around = path.getLeaf();
            if (around instanceof LambdaExpressionTree lambda) {
                return lambda.getParameters().isEmpty();
            }
            if (around instanceof MethodTree method) {
                return method.getName().contentEquals("run")
                        && method.getParameters().isEmpty();
            }
            boolean goesOn = Contexts.isLoop(around)
                    || (around instanceof BlockTree block
                            && block.getStatements().getLast() != child);
            if (goesOn && !leaves(tree.getBlock())) {
                return false;
            }
            child = around;
        }
        return false;
    }

    private static boolean leaves(BlockTree block) {
        return !block.getStatements().isEmpty() && block.getStatements().getLast() instanceof ReturnTree;
    }

    /// Not in a loop: the next wait would throw at once.
    private static SuggestedFix restore(CatchTree tree, VisitorState state) {
        for (Tree around : state.getPath()) {
            if (Contexts.isLoop(around)) {
                return SuggestedFix.emptyFix();
            }
            if (around instanceof MethodTree || around instanceof LambdaExpressionTree) {
                break;
            }
        }
        BlockTree block = tree.getBlock();
        int start = ASTHelpers.getStartPosition(block) + 1;
        return SuggestedFix.replace(start, start, "\nThread.currentThread().interrupt();");
    }
}

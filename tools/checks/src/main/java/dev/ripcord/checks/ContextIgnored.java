package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.tools.javac.code.Symbol;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A method that takes a context and blocks, or loops, without ever using it.
@BugPattern(
        summary = "a context that nobody asks ends nothing",
        severity = WARNING,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextIgnored")
public final class ContextIgnored extends BugChecker implements MethodTreeMatcher {

    /// Made by Error Prone.
    public ContextIgnored() {}

    @Override
    public Description matchMethod(MethodTree tree, VisitorState state) {
        Optional<? extends VariableTree> parameter = tree.getParameters().stream()
                .filter(each -> Contexts.isContext(each, state))
                .findFirst();
        if (parameter.isEmpty() || tree.getBody() == null) {
            return Description.NO_MATCH;
        }
        String ctx = parameter.get().getName().toString();
        if (!Contexts.mentions(tree.getBody(), ASTHelpers.getSymbol(parameter.get()))) {
            Optional<Tree> blocks = Contexts.all(tree.getBody(), each -> BlockingCall.mayBlock(each, state))
                    .findFirst();
            return blocks.isEmpty()
                    ? Description.NO_MATCH
                    : buildDescription(parameter.get())
                            .setMessage("`%s` blocks in `%s` and never uses `%s`: pass it on, or ask it"
                                    .formatted(tree.getName(), Contexts.source(blocks.get(), state), ctx))
                            .build();
        }
        Set<Symbol> derived = Contexts.derived(tree, state);
        List<Tree> loops = Contexts.all(tree.getBody(), Contexts::isLoop)
                .filter(loop -> !Contexts.mentions(loop, derived, state) && works(loop, state))
                .toList();
        loops.stream()
                .filter(loop -> loops.stream().noneMatch(outer -> outer != loop && isWithin(loop, outer)))
                .forEach(loop -> state.reportMatch(buildDescription(loop)
                        .setMessage("this loop works and never asks `%s`: call %s.throwIfDone() in each round"
                                .formatted(ctx, ctx))
                        .addFix(
                                Contexts.isSubtype(ASTHelpers.getType(parameter.get()), Contexts.CONTEXT, state)
                                        ? ask(ctx, loop, tree)
                                        : SuggestedFix.emptyFix())
                        .build()));
        return Description.NO_MATCH;
    }

    /// Asks at the beginning of each round, when nothing of it has been done. Not in a `catch` or a `finally`, where
    /// another exception may be under way, nor in a lambda or a class, which may go on when the method has returned.
    private static SuggestedFix ask(String ctx, Tree loop, MethodTree method) {
        Tree body = switch (loop) {
            case WhileLoopTree each -> each.getStatement();
            case DoWhileLoopTree each -> each.getStatement();
            case ForLoopTree each -> each.getStatement();
            case EnhancedForLoopTree each -> each.getStatement();
            default -> loop;
        };
        boolean elsewhere = Contexts.contains(method.getBody(), each -> switch (each) {
            case CatchTree handler -> isWithin(loop, handler);
            case TryTree attempt -> isWithin(loop, attempt.getFinallyBlock());
            case LambdaExpressionTree lambda -> isWithin(loop, lambda);
            case ClassTree type -> isWithin(loop, type);
            default -> false;
        });
        return body instanceof BlockTree block && !block.getStatements().isEmpty() && !elsewhere
                ? SuggestedFix.prefixWith(block.getStatements().getFirst(), ctx + ".throwIfDone();\n")
                : SuggestedFix.emptyFix();
    }

    /// Whether a loop may go on for long: it blocks, or has no condition and calls something. Where it blocks in a call
    /// that [ContextDroppedCall] finds, that says enough.
    private static boolean works(Tree loop, VisitorState state) {
        return !Contexts.contains(loop, each -> BlockingCall.of(each, state).isPresent())
                && (Contexts.contains(loop, each -> BlockingCall.mayBlock(each, state))
                        || (isEndless(loop) && Contexts.contains(loop, MethodInvocationTree.class::isInstance)));
    }

    private static boolean isEndless(Tree loop) {
        ExpressionTree condition = switch (loop) {
            case WhileLoopTree each -> ASTHelpers.stripParentheses(each.getCondition());
            case ForLoopTree each -> each.getCondition();
            default -> null;
        };
        return condition == null ? loop instanceof ForLoopTree : Boolean.TRUE.equals(ASTHelpers.constValue(condition));
    }

    private static boolean isWithin(Tree tree, @Nullable Tree outer) {
        return Contexts.contains(outer, each -> each == tree);
    }
}

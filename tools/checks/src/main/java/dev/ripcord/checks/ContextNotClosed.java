package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.ERROR;
import static com.google.errorprone.BugPattern.StandardTags.FRAGILE_CODE;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.StatementTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import dev.ripcord.checks.ScopeFlow.Exit;
import dev.ripcord.checks.ScopeFlow.Leak;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A scope that some path neither closes nor hands on nor returns.
@BugPattern(
        summary = "close a scope on every path: declare it in the head of a try",
        severity = ERROR,
        tags = FRAGILE_CODE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextNotClosed")
public final class ContextNotClosed extends BugChecker implements MethodInvocationTreeMatcher {

    /// Made by Error Prone.
    public ContextNotClosed() {}

    @Override
    public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
        if (!makesScope(tree, state)) {
            return Description.NO_MATCH;
        }
        return switch (Fate.of(state.getPath(), state)) {
            case Fate.Ended unused -> Description.NO_MATCH;
            case Fate.Lost lost ->
                buildDescription(tree).setMessage(message(tree, lost.why())).build();
            case Fate.Held held -> follow(tree, held.variable(), state);
        };
    }

    /// Whether a call makes a scope, for the caller to close. One without arguments, on something that is no context,
    /// is taken for an accessor.
    private static boolean makesScope(MethodInvocationTree tree, VisitorState state) {
        MethodSymbol method = ASTHelpers.getSymbol(tree);
        return Contexts.isScope(method.getReturnType(), state)
                && (!tree.getArguments().isEmpty()
                        || ASTHelpers.isStatic(method)
                        || Contexts.isContext(method.owner.type, state));
    }

    private static String message(MethodInvocationTree tree, String why) {
        return "the scope of `%s` is %s: declare it in the head of a try, which closes it"
                .formatted(Contexts.name(tree), why);
    }

    private Description follow(MethodInvocationTree tree, VarSymbol variable, VisitorState state) {
        TreePath block = blockOf(variable, state.getPath());
        if (block == null) {
            return Description.NO_MATCH;
        }
        boolean exceptionsCount = !state.errorProneOptions().isTestOnlyTarget();
        List<Leak> leaks = ScopeFlow.leaks(block, variable, tree, exceptionsCount, state);
        if (leaks.isEmpty()) {
            return Description.NO_MATCH;
        }
        // what anybody can see comes before what only an exception does
        Leak leak = leaks.stream()
                .filter(each -> each.exit() != Exit.THROW)
                .findFirst()
                .orElse(leaks.getFirst());
        String why = leak.exit() == Exit.END && !Fate.isEndedIn(block, variable, state)
                ? "held by `%s`, which nothing closes".formatted(variable.name)
                : "held by `%s`, which is not closed %s".formatted(variable.name, when(leak, state));
        return buildDescription(tree)
                .setMessage(message(tree, why))
                .addFix(
                        leak.exit() == Exit.THROW && block.getLeaf() instanceof BlockTree statements
                                ? tryWithResources(statements, variable, tree, state)
                                : SuggestedFix.emptyFix())
                .build();
    }

    private static String when(Leak leak, VisitorState state) {
        String source = Contexts.source(leak.at(), state).lines().findFirst().orElse("");
        return switch (leak.exit()) {
            case BREAK, CONTINUE, RETURN, OVERWRITE -> "before `%s`".formatted(source);
            case THROW -> "when `%s` throws".formatted(source);
            case END -> "on every path";
        };
    }

    /// What a variable lives in; null if that is none of the forms that are understood.
    private static @Nullable TreePath blockOf(VarSymbol variable, TreePath path) {
        for (TreePath each = path; !(each.getLeaf() instanceof ClassTree); each = each.getParentPath()) {
            List<? extends Tree> declared = switch (each.getLeaf()) {
                case BlockTree block -> block.getStatements();
                case CaseTree part when part.getStatements() != null -> part.getStatements();
                case ForLoopTree loop -> loop.getInitializer();
                case MethodTree method -> method.getParameters();
                case LambdaExpressionTree lambda -> lambda.getParameters();
                default -> List.of();
            };
            if (declared.stream()
                    .anyMatch(tree -> tree instanceof VariableTree declaration
                            && variable.equals(ASTHelpers.getSymbol(declaration)))) {
                return switch (each.getLeaf()) {
                    case MethodTree method -> new TreePath(each, method.getBody());
                    case LambdaExpressionTree lambda -> new TreePath(each, lambda.getBody());
                    default -> each;
                };
            }
        }
        return null;
    }

    /// Turns `var scope = …; …; scope.close();`, if the block ends so, into a try.
    private static SuggestedFix tryWithResources(
            BlockTree block, VarSymbol variable, MethodInvocationTree tree, VisitorState state) {
        StatementTree last = block.getStatements().getLast();
        boolean endsWithClose = last instanceof ExpressionStatementTree statement
                && statement.getExpression() instanceof MethodInvocationTree call
                && call.getArguments().isEmpty()
                && Set.of("close", "cancel").contains(Contexts.name(call))
                && variable.equals(ASTHelpers.getSymbol(ASTHelpers.getReceiver(call)));
        if (!endsWithClose
                || !ASTHelpers.isConsideredFinal(variable)
                || !(state.getPath().getParentPath().getLeaf() instanceof VariableTree declaration)
                || !Contexts.isScope(ASTHelpers.getType(declaration), state)
                || tree != declaration.getInitializer()) {
            return SuggestedFix.emptyFix();
        }
        String source = Contexts.source(declaration, state);
        return SuggestedFix.builder()
                .replace(declaration, "try (" + source.substring(0, source.lastIndexOf(';')) + ") {")
                .replace(last, "}")
                .build();
    }
}

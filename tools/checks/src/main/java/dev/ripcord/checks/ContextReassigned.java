package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.BugPattern.StandardTags.PERFORMANCE;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.AssignmentTreeMatcher;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.tools.javac.code.Symbol;
import javax.lang.model.element.ElementKind;

/// A variable that becomes a child of what it was, again and again.
@BugPattern(
        summary = "each round makes the context a child of the previous one",
        severity = WARNING,
        tags = PERFORMANCE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextReassigned")
public final class ContextReassigned extends BugChecker implements AssignmentTreeMatcher {

    /// Made by Error Prone.
    public ContextReassigned() {}

    @Override
    public Description matchAssignment(AssignmentTree tree, VisitorState state) {
        Symbol variable = ASTHelpers.getSymbol(tree.getVariable());
        if (variable == null
                || !Contexts.isContext(tree.getVariable(), state)
                || !derives(tree.getExpression(), variable, state)) {
            return Description.NO_MATCH;
        }
        if (variable.getKind() == ElementKind.FIELD) {
            return isRepeated(state)
                    ? describe(
                            tree,
                            "each call makes the field `%s` a child of what it was: ".formatted(variable)
                                    + "pass the derived context on instead of keeping it")
                    : Description.NO_MATCH;
        }
        return isInLoopWithin(variable, state)
                ? describe(
                        tree,
                        "each round makes `%s` a child of the previous one: ".formatted(variable)
                                + "derive into a variable of the loop's body")
                : Description.NO_MATCH;
    }

    /// Whether an expression makes a child of what a variable holds, and does not just look for another context there.
    private static boolean derives(ExpressionTree expression, Symbol variable, VisitorState state) {
        return Contexts.contains(
                expression,
                each -> each instanceof MethodInvocationTree call
                        && Contexts.isContext(call, state)
                        && (call.getArguments().stream().anyMatch(argument -> Contexts.mentions(argument, variable))
                                || (Contexts.name(call).startsWith("with")
                                        && Contexts.mentions(call.getMethodSelect(), variable))));
    }

    private Description describe(Tree tree, String message) {
        return buildDescription(tree).setMessage(message).build();
    }

    /// Not in a constructor or an initializer.
    private static boolean isRepeated(VisitorState state) {
        for (Tree around : state.getPath()) {
            if (around instanceof LambdaExpressionTree) {
                return true;
            }
            if (around instanceof MethodTree method) {
                return method.getReturnType() != null;
            }
            if (around instanceof ClassTree) {
                return false;
            }
        }
        return false;
    }

    /// Whether there is a loop around the assignment but not around the variable's declaration.
    private static boolean isInLoopWithin(Symbol variable, VisitorState state) {
        for (Tree around : state.getPath()) {
            boolean isOutermost = switch (around) {
                case MethodTree unused -> true;
                case LambdaExpressionTree unused -> true;
                case BlockTree block -> block.getStatements().stream().anyMatch(each -> declares(each, variable));
                default -> false;
            };
            if (isOutermost || Contexts.isLoop(around)) {
                return !isOutermost;
            }
        }
        return false;
    }

    private static boolean declares(Tree tree, Symbol variable) {
        return tree instanceof VariableTree declaration && variable.equals(ASTHelpers.getSymbol(declaration));
    }
}

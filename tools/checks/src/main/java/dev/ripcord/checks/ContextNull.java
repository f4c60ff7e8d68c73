package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.ERROR;
import static com.google.errorprone.BugPattern.StandardTags.FRAGILE_CODE;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.LiteralTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.fixes.SuggestedFixes;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TypeCastTree;
import com.sun.source.util.TreePath;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import java.util.List;
import java.util.Optional;

/// Null as a context: passed where a context is expected, or returned.
@BugPattern(
        summary = "a context is never null",
        severity = ERROR,
        tags = FRAGILE_CODE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextNull")
public final class ContextNull extends BugChecker implements LiteralTreeMatcher {

    /// Made by Error Prone.
    public ContextNull() {}

    @Override
    public Description matchLiteral(LiteralTree tree, VisitorState state) {
        if (tree.getKind() != Tree.Kind.NULL_LITERAL) {
            return Description.NO_MATCH;
        }
        TreePath path = state.getPath();
        while (isPartOf(path.getParentPath().getLeaf(), path.getLeaf())) {
            path = path.getParentPath();
        }
        Tree value = path.getLeaf();
        return switch (path.getParentPath().getLeaf()) {
            case MethodInvocationTree call ->
                passed(tree, value, call.getArguments(), ASTHelpers.getSymbol(call), state);
            case NewClassTree creation ->
                passed(tree, value, creation.getArguments(), ASTHelpers.getSymbol(creation), state);
            case ReturnTree unused -> returned(tree, path, state);
            default -> Description.NO_MATCH;
        };
    }

    /// Whether a value is the whole's own, as in `(value)`, `(T) value` and `condition ? value : other`.
    private static boolean isPartOf(Tree whole, Tree value) {
        return whole instanceof ParenthesizedTree
                || whole instanceof TypeCastTree
                || (whole instanceof ConditionalExpressionTree choice && choice.getCondition() != value);
    }

    private Description passed(
            LiteralTree tree,
            Tree value,
            List<? extends ExpressionTree> arguments,
            MethodSymbol method,
            VisitorState state) {
        int index = arguments.indexOf(value);
        if (index < 0 || index >= method.getParameters().size()) {
            return Description.NO_MATCH;
        }
        VarSymbol parameter = method.getParameters().get(index);
        if (!Contexts.isContext(parameter.type, state) || isNullable(parameter)) {
            return Description.NO_MATCH;
        }
        Optional<VarSymbol> inScope = Contexts.inScope(state);
        String message = "null as the context of `%s`: pass %s"
                .formatted(
                        method.isConstructor() ? method.owner.name : method.name,
                        inScope.map(ctx -> "`" + ctx.name + "`")
                                .orElse("the context of the caller, or Context.todo() until it is known"));
        SuggestedFix.Builder fix = SuggestedFix.builder();
        String replacement = inScope.map(ctx -> ctx.name.toString()).orElseGet(() -> todo(parameter, fix, state));
        return buildDescription(tree)
                .setMessage(message)
                .addFix(
                        replacement.isEmpty()
                                ? SuggestedFix.emptyFix()
                                : fix.replace(tree, replacement).build())
                .build();
    }

    private static String todo(VarSymbol parameter, SuggestedFix.Builder fix, VisitorState state) {
        return Contexts.isSubtype(parameter.type, Contexts.CONTEXT, state)
                ? SuggestedFixes.qualifyType(state, fix, Contexts.CONTEXT) + ".todo()"
                : "";
    }

    private Description returned(LiteralTree tree, TreePath path, VisitorState state) {
        for (Tree around : path) {
            if (around instanceof LambdaExpressionTree) {
                return Description.NO_MATCH;
            }
            if (around instanceof MethodTree method) {
                MethodSymbol symbol = ASTHelpers.getSymbol(method);
                if (!Contexts.isContext(symbol.getReturnType(), state) || isNullable(symbol)) {
                    return Description.NO_MATCH;
                }
                return buildDescription(tree)
                        .setMessage("`%s` returns null as a context: return a context, such as Context.background()"
                                .formatted(symbol.name))
                        .build();
            }
        }
        return Description.NO_MATCH;
    }

    private static boolean isNullable(Symbol symbol) {
        return ASTHelpers.hasDirectAnnotationWithSimpleName(symbol, "Nullable");
    }
}

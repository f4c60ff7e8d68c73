package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreePath;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ElementKind;

/// A call that blocks without the context that is in scope, though Ripcord has one that takes it.
@BugPattern(
        summary = "this call blocks until it is done, whether or not the context has ended",
        severity = WARNING,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextDroppedCall")
public final class ContextDroppedCall extends BugChecker implements MethodInvocationTreeMatcher {

    /// Made by Error Prone.
    public ContextDroppedCall() {}

    @Override
    public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
        Optional<BlockingCall> blocking = BlockingCall.of(tree, state);
        boolean isStatement = Contexts.isSubtype(ASTHelpers.getSymbol(tree).owner.type, "java.sql.Statement", state)
                && Contexts.name(tree).startsWith("execute");
        if (blocking.isEmpty() && !isStatement) {
            return Description.NO_MATCH;
        }
        Optional<VarSymbol> inScope = Contexts.inScope(state);
        if (inScope.isEmpty() || isFenced(state) || isBound(tree, state)) {
            return Description.NO_MATCH;
        }
        String ctx = inScope.get().name.toString();
        String name = Contexts.name(tree);
        if (blocking.isPresent()) {
            return buildDescription(tree)
                    .setMessage("`%s` goes on when `%s` ends: use `%s`"
                            .formatted(name, ctx, blocking.get().advice(tree, ctx, state)))
                    .addFix(blocking.get().fix(tree, ctx, state))
                    .build();
        }
        return isKept(tree)
                ? buildDescription(tree)
                        .setMessage(
                                "`%s` goes on when `%s` ends: use a connection of `ContextDataSource.getConnection(%s)`"
                                        .formatted(name, ctx, ctx))
                        .addFix(SuggestedFix.emptyFix())
                        .build()
                : Description.NO_MATCH;
    }

    /// Whether the call is in a lambda that ends with a context all the same, or that runs when one has ended.
    private static boolean isFenced(VisitorState state) {
        for (TreePath path = state.getPath(); path != null; path = path.getParentPath()) {
            Tree around = path.getLeaf();
            if (Contexts.isCall(around, state, "dev.ripcord.Blocking", "interruptible")
                    || Contexts.isCall(around, state, Contexts.CONTEXT, "afterFunc")) {
                return true;
            }
        }
        return false;
    }

    /// Whether what is called was made with a context, and so ends with it: a future of a group, a statement of a
    /// connection.
    private static boolean isBound(MethodInvocationTree tree, VisitorState state) {
        Set<Symbol> derived = Contexts.derived(state.findEnclosing(MethodTree.class), state);
        return Contexts.mentions(ASTHelpers.getReceiver(tree), derived, state);
    }

    /// Whether a statement is kept in a field, or made by a connection that is.
    private static boolean isKept(MethodInvocationTree tree) {
        ExpressionTree origin = tree;
        while (origin instanceof MethodInvocationTree call) {
            origin = ASTHelpers.getReceiver(call);
        }
        Symbol symbol = ASTHelpers.getSymbol(origin);
        return symbol != null && symbol.getKind() == ElementKind.FIELD;
    }
}

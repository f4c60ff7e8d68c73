package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.BugPattern.StandardTags.FRAGILE_CODE;
import static java.util.Objects.requireNonNull;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.fixes.SuggestedFixes;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;

/// A key that is no constant, or one that everybody can reach because its class has no accessors.
@BugPattern(
        summary = "a key is compared by identity: keep it in a private static final field",
        severity = WARNING,
        tags = FRAGILE_CODE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextKeyNotConstant")
public final class ContextKeyNotConstant extends BugChecker implements MethodInvocationTreeMatcher {

    /// Made by Error Prone.
    public ContextKeyNotConstant() {}

    @Override
    public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
        if (!Contexts.isCall(tree, state, Contexts.KEY, "of")) {
            return Description.NO_MATCH;
        }
        Tree parent = state.getPath().getParentPath().getLeaf();
        if (!(parent instanceof VariableTree declaration)) {
            return describe(
                    tree,
                    "this key is compared by identity, and each call makes another: "
                            + "keep it in a private static final field");
        }
        VarSymbol variable = ASTHelpers.getSymbol(declaration);
        if (variable.getKind() != ElementKind.FIELD) {
            return describe(
                    tree,
                    "the key `%s` is compared by identity, and each call makes another: ".formatted(variable.name)
                            + "keep it in a private static final field");
        }
        if (!ASTHelpers.variableIsStaticFinal(variable)) {
            return buildDescription(tree)
                    .setMessage("the key `%s` is compared by identity, and each object has another: "
                                    .formatted(variable.name)
                            + "make it static final")
                    .addFix(SuggestedFixes.addModifiers(declaration, state, Modifier.STATIC, Modifier.FINAL)
                            .orElse(SuggestedFix.emptyFix()))
                    .build();
        }
        if (isReachable(variable) && !hasAccessor(variable, state)) {
            return describe(
                    declaration,
                    "everybody can read and replace the value of `%s`: ".formatted(variable.name)
                            + "make it private, with accessors that take a context");
        }
        return Description.NO_MATCH;
    }

    private Description describe(Tree tree, String message) {
        return buildDescription(tree).setMessage(message).build();
    }

    private static boolean isReachable(VarSymbol variable) {
        return variable.getModifiers().contains(Modifier.PUBLIC)
                && variable.owner.getModifiers().contains(Modifier.PUBLIC);
    }

    /// Whether a method of the class names the key.
    private static boolean hasAccessor(VarSymbol variable, VisitorState state) {
        ClassTree owner = requireNonNull(state.findEnclosing(ClassTree.class));
        return owner.getMembers().stream()
                .filter(member -> !(member instanceof VariableTree))
                .anyMatch(member -> Contexts.mentions(member, variable));
    }
}

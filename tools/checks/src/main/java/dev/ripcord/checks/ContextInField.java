package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.VariableTreeMatcher;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.VariableTree;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import javax.lang.model.element.ElementKind;

/// A context kept in a field, where it outlives the call that it belongs to.
@BugPattern(
        summary = "a context belongs to a call: pass it as a parameter instead of keeping it in a field",
        severity = WARNING,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextInField")
public final class ContextInField extends BugChecker implements VariableTreeMatcher {

    /// Made by Error Prone.
    public ContextInField() {}

    @Override
    public Description matchVariable(VariableTree tree, VisitorState state) {
        VarSymbol variable = ASTHelpers.getSymbol(tree);
        boolean kept = variable.getKind() == ElementKind.FIELD
                && Contexts.isContext(variable.type, state)
                && !Contexts.isScope(variable.type, state)
                && !Contexts.isContext(variable.owner.type, state);
        if (!kept) {
            return Description.NO_MATCH;
        }
        return buildDescription(tree)
                .setMessage("the %s `%s` keeps a context: pass it as the first parameter of the methods that need it"
                        .formatted(ASTHelpers.isRecord(variable.owner) ? "record component" : "field", variable.name))
                .build();
    }
}

package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.BugPattern.StandardTags.STYLE;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MethodTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/// A context that is a parameter, but not the first.
@BugPattern(
        summary = "a context is the first parameter",
        severity = WARNING,
        tags = STYLE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextFirstParameter")
public final class ContextFirstParameter extends BugChecker implements MethodTreeMatcher {

    /// Made by Error Prone.
    public ContextFirstParameter() {}

    @Override
    public Description matchMethod(MethodTree tree, VisitorState state) {
        MethodSymbol method = ASTHelpers.getSymbol(tree);
        List<? extends VariableTree> parameters = tree.getParameters();
        int contexts = (int) parameters.stream()
                .takeWhile(parameter -> Contexts.isContext(parameter, state))
                .count();
        List<? extends VariableTree> late = parameters.stream()
                .skip(contexts)
                .filter(parameter -> Contexts.isContext(parameter, state))
                .toList();
        if (late.isEmpty()
                || (ASTHelpers.isRecord(method.owner) && method.isConstructor())
                || !ASTHelpers.findSuperMethods(method, state.getTypes()).isEmpty()) {
            return Description.NO_MATCH;
        }
        VariableTree parameter = late.getFirst();
        Description.Builder description = buildDescription(parameter)
                .setMessage("make `%s` the first parameter of `%s`"
                        .formatted(parameter.getName(), method.isConstructor() ? method.owner.name : method.name));
        if (tree.getModifiers().getFlags().contains(Modifier.PRIVATE) && !method.isVarArgs()) {
            description.addFix(moveToFront(tree, parameters.indexOf(parameter), state));
        }
        return description.build();
    }

    /// Changes a private method and the calls of it, which are all in this file; nothing if it is also referred to
    /// as `this::method`.
    private static SuggestedFix moveToFront(MethodTree tree, int index, VisitorState state) {
        MethodSymbol method = ASTHelpers.getSymbol(tree);
        Tree file = state.getPath().getCompilationUnit();
        if (Contexts.contains(
                file, each -> each instanceof MemberReferenceTree && method.equals(ASTHelpers.getSymbol(each)))) {
            return SuggestedFix.emptyFix();
        }
        SuggestedFix.Builder fix = SuggestedFix.builder();
        Stream<List<? extends Tree>> calls =
                Contexts.all(file, each -> method.equals(called(each))).map(ContextFirstParameter::arguments);
        Stream.concat(Stream.of(tree.getParameters()), calls).forEach(list -> {
            for (int i = 0; i <= index; i++) {
                fix.replace(list.get(i), Contexts.source(list.get(i == 0 ? index : i - 1), state));
            }
        });
        return fix.build();
    }

    private static @Nullable Object called(Tree tree) {
        return arguments(tree).isEmpty() ? null : ASTHelpers.getSymbol(tree);
    }

    private static List<? extends ExpressionTree> arguments(Tree tree) {
        return switch (tree) {
            case MethodInvocationTree call -> call.getArguments();
            case NewClassTree creation -> creation.getArguments();
            default -> List.of();
        };
    }
}

package dev.ripcord.checks;

import com.google.errorprone.VisitorState;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionStatementTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.TypeCastTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import java.util.List;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import javax.lang.model.type.TypeKind;
import org.jspecify.annotations.Nullable;

/// What becomes of a scope that an expression yields.
sealed interface Fate {

    /// It is closed here, or given to somebody who can close it.
    record Ended() implements Fate {}

    /// Nothing here can close it.
    ///
    /// @param why to follow "is"
    record Lost(String why) implements Fate {}

    /// It is the value of a local variable or a parameter from here on.
    record Held(VarSymbol variable) implements Fate {}

    Fate ENDED = new Ended();

    Set<String> ENDS = Set.of("close", "cancel", "detachAndCancel");

    /// The fate of the expression that a path leads to.
    static Fate of(TreePath path, VisitorState state) {
        Tree value = path.getLeaf();
        TreePath parent = path.getParentPath();
        return switch (parent.getLeaf()) {
            case ParenthesizedTree unused -> of(parent, state);
            case TypeCastTree unused -> of(parent, state);
            case ConditionalExpressionTree choice when choice.getCondition() != value -> of(parent, state);
            case TryTree unused -> ENDED;
            case VariableTree variable ->
                parent.getParentPath().getLeaf() instanceof TryTree
                        ? ENDED
                        : assigned(ASTHelpers.getSymbol(variable), parent, state);
            case AssignmentTree assignment
            when assignment.getExpression() == value ->
                ASTHelpers.getSymbol(assignment.getVariable()) instanceof VarSymbol variable
                        ? assigned(variable, parent, state)
                        : ENDED;
            case ReturnTree unused -> returned(parent, state);
            case LambdaExpressionTree lambda -> {
                Type result = state.getTypes()
                        .findDescriptorType(ASTHelpers.getType(lambda))
                        .getReturnType();
                yield ASTHelpers.isVoidType(result, state) ? new Lost("dropped") : returned(result, state);
            }
            case MethodInvocationTree call ->
                passed(call.getArguments().indexOf(value), ASTHelpers.getType(call.getMethodSelect()), state);
            case NewClassTree creation ->
                passed(creation.getArguments().indexOf(value), ASTHelpers.getSymbol(creation).type, state);
            case MemberSelectTree select ->
                ENDS.contains(select.getIdentifier().toString())
                        ? ENDED
                        : new Lost("only asked for `%s`".formatted(select.getIdentifier()));
            case MemberReferenceTree reference ->
                ENDS.contains(reference.getName().toString())
                        ? ENDED
                        : new Lost("only asked for `%s`".formatted(reference.getName()));
            case ExpressionStatementTree unused -> new Lost("dropped");
            // compared, printed and the like
            default -> new Lost("only mentioned");
        };
    }

    private static Fate assigned(VarSymbol variable, TreePath path, VisitorState state) {
        if (!canClose(variable.type, state)) {
            return new Lost("held by `%s` of type %s, which has no close()".formatted(variable.name, variable.type));
        }
        if (variable.getKind() != ElementKind.FIELD) {
            return new Held(variable);
        }
        boolean isHidden = variable.getModifiers().contains(Modifier.PRIVATE);
        return isHidden && !isEndedIn(outermostClass(path), variable, state)
                ? new Lost("kept in the field `%s`, which nothing closes".formatted(variable.name))
                : ENDED;
    }

    private static TreePath outermostClass(TreePath path) {
        TreePath outermost = path;
        for (TreePath each = path; each != null; each = each.getParentPath()) {
            if (each.getLeaf() instanceof ClassTree) {
                outermost = each;
            }
        }
        return outermost;
    }

    private static Fate passed(int index, @Nullable Type method, VisitorState state) {
        if (index < 0 || method == null) {
            return ENDED;
        }
        List<Type> parameters = method.getParameterTypes();
        Type parameter = parameters.get(Math.min(index, parameters.size() - 1));
        Type element = index >= parameters.size() - 1 ? state.getTypes().elemtype(parameter) : null;
        return canClose(element == null ? parameter : element, state)
                ? ENDED
                : new Lost("only passed on as %s, which has no close()".formatted(parameter.tsym.name));
    }

    private static Fate returned(TreePath path, VisitorState state) {
        for (Tree around : path) {
            if (around instanceof LambdaExpressionTree) {
                return ENDED;
            }
            if (around instanceof MethodTree method) {
                return returned(ASTHelpers.getSymbol(method).getReturnType(), state);
            }
        }
        return ENDED;
    }

    private static Fate returned(Type type, VisitorState state) {
        return Contexts.isContext(type, state) && !Contexts.isScope(type, state)
                ? new Lost("returned as %s, which has no close()".formatted(type.tsym.name))
                : ENDED;
    }

    private static boolean canClose(Type type, VisitorState state) {
        return Contexts.isSubtype(type, "java.lang.AutoCloseable", state)
                || (type.getKind() == TypeKind.TYPEVAR && !Contexts.isContext(type, state));
    }

    /// Whether code ends, or hands on, what a variable holds. To be named is not enough.
    static boolean isEndedIn(TreePath code, Symbol variable, VisitorState state) {
        boolean[] found = {false};
        new TreePathScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void unused) {
                look(tree);
                return null;
            }

            @Override
            public @Nullable Void visitMemberSelect(MemberSelectTree tree, @Nullable Void unused) {
                look(tree);
                return super.visitMemberSelect(tree, null);
            }

            private void look(ExpressionTree tree) {
                found[0] |=
                        variable.equals(ASTHelpers.getSymbol(tree)) && !(of(getCurrentPath(), state) instanceof Lost);
            }
        }.scan(code, null);
        return found[0];
    }
}

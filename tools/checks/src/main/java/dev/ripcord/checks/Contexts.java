package dev.ripcord.checks;

import static java.util.Objects.requireNonNullElse;

import com.google.errorprone.VisitorState;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.lang.model.type.TypeKind;
import org.jspecify.annotations.Nullable;

/// What the checks know of Ripcord, by name: there may be any version of it on the class path, or none.
final class Contexts {

    /// The pages of the checks are below this.
    static final String PAGES = "https://ripcord.dev/checks/";

    static final String CONTEXT = "dev.ripcord.Context";
    static final String KEY = "dev.ripcord.Key";

    /// Further types that count as contexts: `-XepOpt:Ripcord:ContextTypes=io.grpc.Context`.
    private static final String CONTEXT_TYPES = "Ripcord:ContextTypes";

    private Contexts() {}

    // ------------------------------------------------------------------------------------------------- types

    /// Whether a type is a context's: one of the two that are public, not of what they are made of.
    static boolean isContext(@Nullable Type type, VisitorState state) {
        return (isSubtype(type, CONTEXT, state) && isPublic(type))
                || state.errorProneOptions().getFlags().getListOrEmpty(CONTEXT_TYPES).stream()
                        .anyMatch(name -> isSubtype(type, name, state));
    }

    private static boolean isPublic(@Nullable Type type) {
        return type != null
                && (type.getKind() == TypeKind.TYPEVAR
                        || type.tsym.getModifiers().contains(Modifier.PUBLIC));
    }

    /// Whether a type is that of a context that has to be closed.
    static boolean isScope(@Nullable Type type, VisitorState state) {
        return isContext(type, state) && isSubtype(type, "java.lang.AutoCloseable", state);
    }

    static boolean isContext(Tree tree, VisitorState state) {
        return isContext(ASTHelpers.getType(tree), state);
    }

    /// Whether a type is the named one or below it; false for one that nothing has mentioned, and for null's.
    static boolean isSubtype(@Nullable Type type, String name, VisitorState state) {
        if (type == null || type.isPrimitiveOrVoid() || type.getKind() == TypeKind.NULL || type.isErroneous()) {
            return false;
        }
        Type named = state.getTypeFromString(name);
        return named != null && ASTHelpers.isSubtype(type, named, state);
    }

    // ------------------------------------------------------------------------------------------------- calls

    /// Whether a call is of one of these methods, of a type or of one below it.
    static boolean isCall(Tree tree, VisitorState state, String type, String... methods) {
        return tree instanceof MethodInvocationTree call
                && Set.of(methods).contains(name(call))
                && isSubtype(ASTHelpers.getSymbol(call).owner.type, type, state);
    }

    static String name(MethodInvocationTree call) {
        return ASTHelpers.getSymbol(call).getSimpleName().toString();
    }

    // ------------------------------------------------------------------------------------------------- scope

    /// The nearest variable in scope at the path of `state` that holds a context: a parameter, or a local variable
    /// declared before. Code within a lambda or an anonymous class sees what is around it.
    static Optional<VarSymbol> inScope(VisitorState state) {
        boolean captured = false;
        TreePath path = state.getPath();
        while (path.getParentPath() != null) {
            Tree child = path.getLeaf();
            path = path.getParentPath();
            Tree parent = path.getLeaf();
            List<? extends Tree> candidates = declaredIn(parent, child);
            for (Tree candidate : candidates.reversed()) {
                if (candidate instanceof VariableTree variable
                        && isContext(variable, state)
                        && (!captured || ASTHelpers.isConsideredFinal(ASTHelpers.getSymbol(variable)))) {
                    return Optional.of(ASTHelpers.getSymbol(variable));
                }
            }
            if (parent instanceof ClassTree) {
                Tree around = path.getParentPath().getLeaf();
                if (!(around instanceof NewClassTree || around instanceof BlockTree)) {
                    return Optional.empty();
                }
            }
            captured |= parent instanceof LambdaExpressionTree || parent instanceof ClassTree;
        }
        return Optional.empty();
    }

    private static List<? extends Tree> declaredIn(Tree parent, Tree child) {
        return switch (parent) {
            case BlockTree block -> before(child, block.getStatements());
            case CaseTree part when part.getStatements() != null -> before(child, part.getStatements());
            case TryTree attempt when attempt.getBlock() == child -> attempt.getResources();
            case TryTree attempt when attempt.getResources().contains(child) -> before(child, attempt.getResources());
            case LambdaExpressionTree lambda -> lambda.getParameters();
            case MethodTree method -> method.getParameters();
            default -> List.of();
        };
    }

    private static List<? extends Tree> before(Tree child, List<? extends Tree> all) {
        int index = all.indexOf(child);
        return index < 0 ? List.of() : all.subList(0, index);
    }

    // ---------------------------------------------------------------------------------------------- mentions

    /// Whether a tree names a context, or one of some variables.
    static boolean mentions(@Nullable Tree tree, Set<? extends Symbol> variables, VisitorState state) {
        return contains(
                tree,
                each -> (isNamed(each) && variables.contains(ASTHelpers.getSymbol(each)))
                        || ((isNamed(each) || each instanceof MethodInvocationTree) && isContext(each, state)));
    }

    /// The variables of a method that hold a context, or what was made with one: a connection, a group, a future.
    static Set<Symbol> derived(@Nullable Tree method, VisitorState state) {
        Set<Symbol> derived = new HashSet<>();
        all(method, each -> each instanceof VariableTree || each instanceof EnhancedForLoopTree)
                .forEach(each -> {
                    VariableTree variable =
                            each instanceof EnhancedForLoopTree loop ? loop.getVariable() : (VariableTree) each;
                    Tree origin =
                            each instanceof EnhancedForLoopTree loop ? loop.getExpression() : variable.getInitializer();
                    if (isContext(variable, state) || mentions(origin, derived, state)) {
                        derived.add(ASTHelpers.getSymbol(variable));
                    }
                });
        return derived;
    }

    /// Whether a tree names a variable.
    static boolean mentions(@Nullable Tree tree, Symbol variable) {
        return contains(tree, each -> isNamed(each) && variable.equals(ASTHelpers.getSymbol(each)));
    }

    private static boolean isNamed(Tree tree) {
        return (tree instanceof IdentifierTree || tree instanceof MemberSelectTree)
                && ASTHelpers.getSymbol(tree) instanceof VarSymbol;
    }

    /// A tree as it is written.
    static String source(Tree tree, VisitorState state) {
        return requireNonNullElse(state.getSourceForNode(tree), "");
    }

    static boolean isLoop(Tree tree) {
        return switch (tree.getKind()) {
            case WHILE_LOOP, DO_WHILE_LOOP, FOR_LOOP, ENHANCED_FOR_LOOP -> true;
            default -> false;
        };
    }

    /// Whether a tree is or contains one of a kind.
    static boolean contains(@Nullable Tree tree, Predicate<Tree> kind) {
        return all(tree, kind).findAny().isPresent();
    }

    /// Those of a tree and what is in it that are of a kind, in the order of the source.
    static Stream<Tree> all(@Nullable Tree tree, Predicate<Tree> kind) {
        List<Tree> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void scan(@Nullable Tree each, @Nullable Void unused) {
                if (each != null && kind.test(each)) {
                    found.add(each);
                }
                return super.scan(each, null);
            }
        }.scan(tree, null);
        return found.stream();
    }
}

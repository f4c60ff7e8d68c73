package dev.ripcord.checks;

import com.google.errorprone.VisitorState;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.BreakTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ContinueTree;
import com.sun.source.tree.DefaultCaseLabelTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.LabeledStatementTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.ThrowTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.UnionTypeTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.source.tree.YieldTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.lang.model.element.Name;
import org.jspecify.annotations.Nullable;

/// Follows one scope, held by a local variable, along all paths through the block of the variable.
///
/// A walk over the tree in the order of evaluation, with one fact: may the scope be open here? It is from where it is
/// made until something ends it or takes it over, and that never becomes untrue again; so a loop is walked once. Where
/// paths meet, the fact is true if it is on one of them. What leaves (a return, a break, a call that throws) while the
/// scope is open waits as a [Leak] until something around it ends the scope after all: a `finally`, a `catch`.
///
/// Which calls throw: all, except questions to a context, and the constructors of the JDK that declare nothing.
final class ScopeFlow extends TreePathScanner<@Nullable Void, @Nullable Void> {

    /// How a path leaves.
    enum Exit {
        BREAK,
        CONTINUE,
        RETURN,
        THROW,
        OVERWRITE,
        END
    }

    /// A path on which the scope is still open.
    ///
    /// @param at where it leaves
    /// @param target what a break or a continue leads to; null if that is outside, or for another exit
    record Leak(Exit exit, Tree at, @Nullable Tree target) {}

    private static final Set<String> CALLBACKS = Set.of("run", "call", "throwIfDone");

    private final VarSymbol variable;
    private final Tree acquisition;
    private final boolean exceptionsCount;
    private final VisitorState state;

    /// Around the current node, innermost first: what a break, and what a continue, may lead to.
    private final Deque<Tree> targets = new ArrayDeque<>();

    private List<Leak> leaks = new ArrayList<>();
    private boolean open;

    private ScopeFlow(VarSymbol variable, Tree acquisition, boolean exceptionsCount, VisitorState state) {
        this.variable = variable;
        this.acquisition = acquisition;
        this.exceptionsCount = exceptionsCount;
        this.state = state;
    }

    /// The paths on which a scope is not closed.
    ///
    /// @param block where `variable` is declared
    /// @param acquisition the expression that makes the scope
    /// @param exceptionsCount whether a call that throws is a path
    static List<Leak> leaks(
            TreePath block, VarSymbol variable, Tree acquisition, boolean exceptionsCount, VisitorState state) {
        ScopeFlow flow = new ScopeFlow(variable, acquisition, exceptionsCount, state);
        flow.scan(block, null);
        if (flow.open) {
            flow.leaks.add(new Leak(Exit.END, block.getLeaf(), null));
        }
        return flow.leaks;
    }

    // ------------------------------------------------------------------------------------------- expressions

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree tree, @Nullable Void unused) {
        if (variable.equals(ASTHelpers.getSymbol(tree)) && !(Fate.of(getCurrentPath(), state) instanceof Fate.Lost)) {
            open = false;
        }
        return null;
    }

    @Override
    public @Nullable Void visitMethodInvocation(MethodInvocationTree tree, @Nullable Void unused) {
        super.visitMethodInvocation(tree, null);
        if (!isQuestion(ASTHelpers.getSymbol(tree))) {
            mayThrow(tree);
        }
        open |= tree == acquisition;
        return null;
    }

    /// Whether a call asks a context, or what a context answered with, and so throws nothing.
    private boolean isQuestion(MethodSymbol method) {
        boolean isOfRipcord = ASTHelpers.enclosingPackage(method)
                        .orElseThrow()
                        .getQualifiedName()
                        .contentEquals("dev.ripcord")
                || Contexts.isContext(method.owner.type, state);
        return isOfRipcord
                && !ASTHelpers.isStatic(method)
                && method.getThrownTypes().isEmpty()
                && !CALLBACKS.contains(method.name.toString());
    }

    @Override
    public @Nullable Void visitNewClass(NewClassTree tree, @Nullable Void unused) {
        super.visitNewClass(tree, null);
        MethodSymbol constructor = ASTHelpers.getSymbol(tree);
        boolean isOfJdk = constructor.owner.getQualifiedName().toString().startsWith("java.");
        if (!isOfJdk || !constructor.getThrownTypes().isEmpty()) {
            mayThrow(tree);
        }
        return null;
    }

    private void mayThrow(Tree tree) {
        if (exceptionsCount) {
            leave(Exit.THROW, tree, null);
        }
    }

    @Override
    public @Nullable Void visitAssignment(AssignmentTree tree, @Nullable Void unused) {
        if (!variable.equals(ASTHelpers.getSymbol(tree.getVariable()))) {
            return super.visitAssignment(tree, null);
        }
        leave(Exit.OVERWRITE, tree, null);
        open = false;
        return scan(tree.getExpression(), null);
    }

    @Override
    public @Nullable Void visitBinary(BinaryTree tree, @Nullable Void unused) {
        scan(tree.getLeftOperand(), null);
        boolean without = open
                && Set.of(Tree.Kind.CONDITIONAL_AND, Tree.Kind.CONDITIONAL_OR).contains(tree.getKind());
        scan(tree.getRightOperand(), null);
        open |= without;
        return null;
    }

    @Override
    public @Nullable Void visitConditionalExpression(ConditionalExpressionTree tree, @Nullable Void unused) {
        choose(tree.getCondition(), tree.getTrueExpression(), tree.getFalseExpression());
        return null;
    }

    /// Code that runs elsewhere: it counts if it can end the scope.
    @Override
    public @Nullable Void visitLambdaExpression(LambdaExpressionTree tree, @Nullable Void unused) {
        open &= !Fate.isEndedIn(getCurrentPath(), variable, state);
        return null;
    }

    @Override
    public @Nullable Void visitClass(ClassTree tree, @Nullable Void unused) {
        open &= !Fate.isEndedIn(getCurrentPath(), variable, state);
        return null;
    }

    // -------------------------------------------------------------------------------------------- statements

    @Override
    public @Nullable Void visitIf(IfTree tree, @Nullable Void unused) {
        choose(tree.getCondition(), tree.getThenStatement(), tree.getElseStatement());
        return null;
    }

    /// Walks both branches. Where the variable is known to be null there is nothing to close.
    private void choose(ExpressionTree condition, Tree then, @Nullable Tree otherwise) {
        scan(condition, null);
        boolean before = open;
        open = before && !isNullCheck(condition, Tree.Kind.EQUAL_TO);
        scan(then, null);
        boolean after = open;
        open = before && !isNullCheck(condition, Tree.Kind.NOT_EQUAL_TO);
        scan(otherwise, null);
        open |= after;
    }

    private boolean isNullCheck(ExpressionTree condition, Tree.Kind operator) {
        return ASTHelpers.stripParentheses(condition) instanceof BinaryTree binary
                && binary.getKind() == operator
                && binary.getRightOperand().getKind() == Tree.Kind.NULL_LITERAL
                && variable.equals(ASTHelpers.getSymbol(binary.getLeftOperand()));
    }

    @Override
    public @Nullable Void visitWhileLoop(WhileLoopTree tree, @Nullable Void unused) {
        loop(tree, tree.getCondition(), List.of(tree.getStatement()));
        return null;
    }

    @Override
    public @Nullable Void visitForLoop(ForLoopTree tree, @Nullable Void unused) {
        scan(tree.getInitializer(), null);
        loop(
                tree,
                tree.getCondition(),
                Stream.concat(Stream.of(tree.getStatement()), tree.getUpdate().stream())
                        .toList());
        return null;
    }

    @Override
    public @Nullable Void visitEnhancedForLoop(EnhancedForLoopTree tree, @Nullable Void unused) {
        loop(tree, tree.getExpression(), List.of(tree.getStatement()));
        return null;
    }

    @Override
    public @Nullable Void visitDoWhileLoop(DoWhileLoopTree tree, @Nullable Void unused) {
        targets.push(tree);
        scan(tree.getStatement(), null);
        arrive(Exit.CONTINUE, tree);
        scan(tree.getCondition(), null);
        open &= !isTrue(tree.getCondition());
        targets.pop();
        arrive(Exit.BREAK, tree);
        return null;
    }

    private void loop(Tree tree, @Nullable ExpressionTree condition, List<? extends Tree> body) {
        scan(condition, null);
        boolean skipped = open && condition != null && !isTrue(condition);
        targets.push(tree);
        scan(body, null);
        arrive(Exit.CONTINUE, tree);
        open = skipped || (open && condition != null && !isTrue(condition));
        targets.pop();
        arrive(Exit.BREAK, tree);
    }

    private static boolean isTrue(ExpressionTree condition) {
        return Boolean.TRUE.equals(ASTHelpers.constValue(ASTHelpers.stripParentheses(condition)));
    }

    @Override
    public @Nullable Void visitSwitch(SwitchTree tree, @Nullable Void unused) {
        choose(tree, tree.getExpression(), tree.getCases(), false);
        return null;
    }

    @Override
    public @Nullable Void visitSwitchExpression(SwitchExpressionTree tree, @Nullable Void unused) {
        choose(tree, tree.getExpression(), tree.getCases(), true);
        return null;
    }

    private void choose(Tree tree, ExpressionTree selector, List<? extends CaseTree> cases, boolean isExhaustive) {
        scan(selector, null);
        boolean before = open;
        boolean after = false;
        boolean isCovered = isExhaustive;
        open = false;
        targets.push(tree);
        for (CaseTree each : cases) {
            isCovered |= each.getLabels().stream().anyMatch(DefaultCaseLabelTree.class::isInstance);
            open |= before;
            scan(each, null);
            if (each.getCaseKind() == CaseTree.CaseKind.RULE) {
                after |= open;
                open = false;
            }
        }
        targets.pop();
        open |= after || (before && !isCovered);
        arrive(Exit.BREAK, tree);
    }

    @Override
    public @Nullable Void visitTry(TryTree tree, @Nullable Void unused) {
        List<Leak> outer = leaks;
        leaks = new ArrayList<>();
        scan(tree.getResources(), null);
        scan(tree.getBlock(), null);
        catchAll(tree.getCatches());
        if (tree.getFinallyBlock() != null) {
            List<Leak> waiting = leaks;
            boolean before = open;
            leaks = new ArrayList<>();
            open = before || !waiting.isEmpty();
            scan(tree.getFinallyBlock(), null);
            if (open) {
                leaks.addAll(waiting);
            }
            open &= before;
        }
        outer.addAll(leaks);
        leaks = outer;
        return null;
    }

    private void catchAll(List<? extends CatchTree> catches) {
        boolean after = open;
        boolean thrown = leaks.stream().anyMatch(leak -> leak.exit() == Exit.THROW);
        if (catches.stream().anyMatch(this::catchesMost)) {
            leaks.removeIf(leak -> leak.exit() == Exit.THROW);
        }
        for (CatchTree each : catches) {
            open = thrown;
            scan(each.getBlock(), null);
            after |= open;
        }
        open = after;
    }

    private boolean catchesMost(CatchTree tree) {
        Tree type = tree.getParameter().getType();
        List<? extends Tree> types = type instanceof UnionTypeTree union ? union.getTypeAlternatives() : List.of(type);
        Type runtime = state.getSymtab().runtimeExceptionType;
        return types.stream().anyMatch(each -> ASTHelpers.isSubtype(runtime, ASTHelpers.getType(each), state));
    }

    // ------------------------------------------------------------------------------------------------- exits

    @Override
    public @Nullable Void visitReturn(ReturnTree tree, @Nullable Void unused) {
        super.visitReturn(tree, null);
        return jump(Exit.RETURN, tree, null);
    }

    @Override
    public @Nullable Void visitThrow(ThrowTree tree, @Nullable Void unused) {
        super.visitThrow(tree, null);
        return jump(Exit.THROW, tree, null);
    }

    @Override
    public @Nullable Void visitBreak(BreakTree tree, @Nullable Void unused) {
        return jump(Exit.BREAK, tree, target(tree.getLabel(), each -> true));
    }

    @Override
    public @Nullable Void visitYield(YieldTree tree, @Nullable Void unused) {
        super.visitYield(tree, null);
        return jump(Exit.BREAK, tree, target(null, SwitchExpressionTree.class::isInstance));
    }

    @Override
    public @Nullable Void visitContinue(ContinueTree tree, @Nullable Void unused) {
        return jump(
                Exit.CONTINUE,
                tree,
                target(tree.getLabel(), each -> !(each instanceof SwitchTree || each instanceof SwitchExpressionTree)));
    }

    @Override
    public @Nullable Void visitLabeledStatement(LabeledStatementTree tree, @Nullable Void unused) {
        targets.push(tree);
        super.visitLabeledStatement(tree, null);
        targets.pop();
        arrive(Exit.BREAK, tree);
        arrive(Exit.CONTINUE, tree);
        return null;
    }

    private @Nullable Tree target(@Nullable Name label, Predicate<Tree> kind) {
        return targets.stream()
                .filter(each -> each instanceof LabeledStatementTree labeled
                        ? label != null && labeled.getLabel().contentEquals(label)
                        : label == null && kind.test(each))
                .findFirst()
                .orElse(null);
    }

    private @Nullable Void jump(Exit exit, Tree at, @Nullable Tree target) {
        leave(exit, at, target);
        open = false;
        return null;
    }

    private void leave(Exit exit, Tree at, @Nullable Tree target) {
        if (open) {
            leaks.add(new Leak(exit, at, target));
        }
    }

    /// Where breaks or continues lead to, paths meet.
    private void arrive(Exit exit, Tree target) {
        open |= leaks.removeIf(leak -> leak.exit() == exit && leak.target() == target);
    }
}

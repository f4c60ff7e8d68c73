package dev.ripcord.checks;

import static com.google.errorprone.BugPattern.LinkType.CUSTOM;
import static com.google.errorprone.BugPattern.SeverityLevel.WARNING;
import static com.google.errorprone.BugPattern.StandardTags.FRAGILE_CODE;

import com.google.errorprone.BugPattern;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.BugChecker;
import com.google.errorprone.bugpatterns.BugChecker.MemberSelectTreeMatcher;
import com.google.errorprone.bugpatterns.BugChecker.MethodInvocationTreeMatcher;
import com.google.errorprone.fixes.SuggestedFix;
import com.google.errorprone.matchers.Description;
import com.google.errorprone.util.ASTHelpers;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Symbol.VarSymbol;
import com.sun.tools.javac.code.Type;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/// A new root, or a context kept elsewhere, where the context of the request is at hand.
@BugPattern(
        summary = "work that does not derive from the request's context goes on when the request has ended",
        severity = WARNING,
        tags = FRAGILE_CODE,
        linkType = CUSTOM,
        link = Contexts.PAGES + "ContextBackgroundInRequest")
public final class ContextBackgroundInRequest extends BugChecker
        implements MethodInvocationTreeMatcher, MemberSelectTreeMatcher {

    /// Whose methods serve requests.
    private static final List<String> HANDLERS = List.of(
            "jakarta.servlet.Servlet",
            "jakarta.servlet.Filter",
            "javax.servlet.Servlet",
            "javax.servlet.Filter",
            "com.sun.net.httpserver.HttpHandler",
            "org.springframework.web.servlet.HandlerInterceptor",
            "io.grpc.BindableService",
            "io.grpc.ServerInterceptor",
            "io.grpc.ClientInterceptor");

    /// Their methods that serve none.
    private static final Set<String> LIFECYCLE = Set.of("init", "destroy", "bindService");

    /// What a method that serves a request is given.
    private static final List<String> REQUESTS = List.of(
            "jakarta.servlet.ServletRequest",
            "javax.servlet.ServletRequest",
            "com.sun.net.httpserver.HttpExchange",
            "io.grpc.stub.StreamObserver");

    /// Annotations of methods that serve requests: Spring's and Jakarta's, by simple name.
    private static final Set<String> MAPPINGS = Set.of(
            "RequestMapping",
            "GetMapping",
            "PostMapping",
            "PutMapping",
            "PatchMapping",
            "DeleteMapping",
            "ExceptionHandler",
            "Path",
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE");

    /// Made by Error Prone.
    public ContextBackgroundInRequest() {}

    @Override
    public Description matchMethodInvocation(MethodInvocationTree tree, VisitorState state) {
        if (Contexts.isCall(tree, state, Contexts.CONTEXT, "background", "todo")) {
            return matchRoot(tree, state);
        }
        MethodSymbol method = ASTHelpers.getSymbol(tree);
        Optional<VarSymbol> inScope = Contexts.inScope(state);
        if (inScope.isEmpty() || Contexts.isContext(method.owner.type, state)) {
            return Description.NO_MATCH;
        }
        for (ExpressionTree argument : tree.getArguments()) {
            if (Contexts.isContext(argument, state)
                    && ASTHelpers.getSymbol(argument) instanceof VarSymbol variable
                    && variable.getKind() == ElementKind.FIELD
                    && !variable.name.contentEquals("this")) {
                return describe(
                        argument,
                        "`%s` does not derive from `%s`, which is in scope"
                                .formatted(variable.name, inScope.get().name),
                        inScope);
            }
        }
        return startsAnew(method, state)
                ? describe(
                        tree,
                        "`%s` starts from a root of its own: give it `%s`".formatted(method.name, inScope.get().name),
                        Optional.empty())
                : Description.NO_MATCH;
    }

    /// Other libraries keep their root in a field: `io.grpc.Context.ROOT`.
    @Override
    public Description matchMemberSelect(MemberSelectTree tree, VisitorState state) {
        boolean isRoot = tree.getIdentifier().contentEquals("ROOT")
                && ASTHelpers.getSymbol(tree) instanceof VarSymbol variable
                && ASTHelpers.isStatic(variable)
                && Contexts.isContext(variable.owner.type, state);
        return isRoot ? matchRoot(tree, state) : Description.NO_MATCH;
    }

    private Description matchRoot(ExpressionTree tree, VisitorState state) {
        if (state.getPath().getParentPath().getLeaf() instanceof BinaryTree) {
            return Description.NO_MATCH;
        }
        Optional<VarSymbol> inScope = Contexts.inScope(state);
        String source = Contexts.source(tree, state);
        if (inScope.isPresent()) {
            return describe(
                    tree,
                    "`%s` does not derive from `%s`, which is in scope".formatted(source, inScope.get().name),
                    inScope);
        }
        return servesRequests(state)
                ? describe(
                        tree,
                        "`%s` in code that serves requests: derive from the request's context, ".formatted(source)
                                + "which a filter or Context.current() gives",
                        Optional.empty())
                : Description.NO_MATCH;
    }

    private Description describe(Tree tree, String message, Optional<VarSymbol> instead) {
        return buildDescription(tree)
                .setMessage(message)
                .addFix(instead.map(ctx -> SuggestedFix.replace(tree, ctx.name.toString()))
                        .orElse(SuggestedFix.emptyFix()))
                .build();
    }

    /// Whether a private method of this file takes no context and makes a root.
    private static boolean startsAnew(MethodSymbol method, VisitorState state) {
        if (!method.getModifiers().contains(Modifier.PRIVATE)
                || method.getParameters().stream().anyMatch(each -> Contexts.isContext(each.type, state))) {
            return false;
        }
        MethodTree declaration = ASTHelpers.findMethod(method, state);
        return declaration != null
                && Contexts.contains(
                        declaration.getBody(),
                        each -> Contexts.isCall(each, state, Contexts.CONTEXT, "background", "todo"));
    }

    private static boolean servesRequests(VisitorState state) {
        MethodTree method = state.findEnclosing(MethodTree.class);
        ClassTree owner = state.findEnclosing(ClassTree.class);
        if (method == null || owner == null) {
            return false;
        }
        MethodSymbol symbol = ASTHelpers.getSymbol(method);
        boolean isHandler = isOneOf(HANDLERS, ASTHelpers.getType(owner), state)
                && !symbol.isConstructor()
                && !ASTHelpers.isStatic(symbol)
                && !LIFECYCLE.contains(symbol.name.toString());
        return isHandler
                || isMapped(method.getModifiers().getAnnotations())
                || method.getParameters().stream().anyMatch(each -> isOneOf(REQUESTS, ASTHelpers.getType(each), state));
    }

    private static boolean isMapped(List<? extends AnnotationTree> annotations) {
        return annotations.stream()
                .map(annotation -> ASTHelpers.getSymbol(annotation.getAnnotationType()))
                .anyMatch(symbol -> symbol != null
                        && MAPPINGS.contains(symbol.getSimpleName().toString()));
    }

    private static boolean isOneOf(List<String> names, @Nullable Type type, VisitorState state) {
        return names.stream().anyMatch(name -> Contexts.isSubtype(type, name, state));
    }
}

package dev.ripcord.architecture;

import static java.util.stream.Collectors.joining;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// What a user of a module can name, as text: one line for each type and member, in an order that does not change.
final class PublicSurface {

    private final List<String> lines = new ArrayList<>();

    private PublicSurface() {}

    /// The lines of `api.txt` for a module.
    static List<String> of(PublishedModule module) {
        PublicSurface surface = new PublicSurface();
        List<Class<?>> classes = module.classes();
        classes.stream()
                .map(Class::getPackageName)
                .distinct()
                .sorted()
                .forEach(name -> surface.addPackage(name, classes));
        return surface.lines;
    }

    private void addPackage(String name, List<Class<?>> classes) {
        if (!lines.isEmpty()) {
            lines.add("");
        }
        lines.add("package " + name);
        classes.stream()
                .filter(type -> type.getPackageName().equals(name) && isVisible(type))
                .forEach(this::addType);
    }

    private static boolean isVisible(Class<?> type) {
        return type == null || (isVisible(type.getModifiers()) && isVisible(type.getDeclaringClass()));
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    // ------------------------------------------------------------------------------------------------- types

    private void addType(Class<?> type) {
        lines.add("");
        lines.add(header(type));
        List<String> members = new ArrayList<>();
        if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                members.add("component " + text(component.getAnnotatedType()) + " " + component.getName());
            }
        }
        if (type.isEnum()) {
            Arrays.stream(type.getEnumConstants()).forEach(constant -> members.add("constant " + constant));
        }
        Stream.of(type.getDeclaredFields())
                .filter(field -> isVisible(field.getModifiers()) && !field.isEnumConstant())
                .map(PublicSurface::field)
                .sorted()
                .forEach(members::add);
        Stream.of(type.getDeclaredConstructors())
                .filter(constructor -> isVisible(constructor.getModifiers()))
                .map(PublicSurface::constructor)
                .sorted()
                .forEach(members::add);
        Stream.of(type.getDeclaredMethods())
                .filter(method -> isVisible(method.getModifiers()) && !method.isSynthetic() && !isImplied(method))
                .sorted(Comparator.comparing(Method::getName).thenComparing(PublicSurface::method))
                .map(PublicSurface::method)
                .forEach(members::add);
        members.forEach(member -> lines.add("    " + member));
    }

    /// What every object, every enum and every record has.
    private static boolean isImplied(Method method) {
        Class<?> type = method.getDeclaringClass();
        boolean ofObject = Stream.of(Object.class.getMethods()).anyMatch(inherited -> isSame(inherited, method));
        boolean ofEnum = type.isEnum()
                && (method.getName().equals("values") || method.getName().equals("valueOf"));
        boolean ofRecord = type.isRecord()
                && Stream.of(type.getRecordComponents())
                        .anyMatch(component -> component.getAccessor().equals(method));
        return ofObject || ofEnum || ofRecord;
    }

    private static boolean isSame(Method a, Method b) {
        return a.getName().equals(b.getName()) && Arrays.equals(a.getParameterTypes(), b.getParameterTypes());
    }

    private static String header(Class<?> type) {
        String modifiers = modifiers(type.getModifiers() & ~(Modifier.INTERFACE | Modifier.STATIC | Modifier.PUBLIC));
        if (type.isInterface() || type.isEnum() || type.isRecord()) {
            modifiers = "";
        }
        String kind =
                type.isInterface() ? "interface " : type.isEnum() ? "enum " : type.isRecord() ? "record " : "class ";
        String above = Stream.concat(
                        Stream.ofNullable(type.getAnnotatedSuperclass())
                                .filter(parent ->
                                        parent.getType() != Object.class && !type.isEnum() && !type.isRecord()),
                        Stream.of(type.getAnnotatedInterfaces()))
                .map(PublicSurface::text)
                .collect(joining(", "));
        return (type.isSealed() ? "sealed " : "")
                + modifiers
                + kind
                + simpleName(type)
                + variables(type.getTypeParameters())
                + (above.isEmpty() ? "" : " : " + above);
    }

    // ----------------------------------------------------------------------------------------------- members

    private static String field(Field field) {
        return modifiers(field.getModifiers()) + text(field.getAnnotatedType()) + " " + field.getName();
    }

    private static String constructor(Constructor<?> constructor) {
        return modifiers(constructor.getModifiers()) + "new" + signature(constructor);
    }

    private static String method(Method method) {
        String variables = variables(method.getTypeParameters());
        int unsaid = Modifier.TRANSIENT | Modifier.VOLATILE | Modifier.SYNCHRONIZED | Modifier.NATIVE;
        if (method.getDeclaringClass().isInterface()) {
            unsaid |= Modifier.ABSTRACT;
        }
        return modifiers(method.getModifiers() & ~unsaid)
                + (method.isDefault() ? "default " : "")
                + (variables.isEmpty() ? "" : variables + " ")
                + text(method.getAnnotatedReturnType()) + " " + method.getName() + signature(method);
    }

    private static String signature(Executable executable) {
        String parameters = Stream.of(executable.getParameters())
                .map(parameter -> text(parameter) + " " + parameter.getName())
                .collect(joining(", ", "(", ")"));
        String thrown = Stream.of(executable.getAnnotatedExceptionTypes())
                .map(PublicSurface::text)
                .collect(joining(", "));
        return parameters + (thrown.isEmpty() ? "" : " throws " + thrown);
    }

    private static String text(Parameter parameter) {
        String type = text(parameter.getAnnotatedType());
        return parameter.isVarArgs() ? type.substring(0, type.length() - "[]".length()) + "..." : type;
    }

    private static String modifiers(int modifiers) {
        String text = Modifier.toString(modifiers & ~Modifier.PUBLIC);
        return text.isEmpty() ? "" : text + " ";
    }

    private static String variables(TypeVariable<?>[] variables) {
        return variables.length == 0
                ? ""
                : Stream.of(variables).map(PublicSurface::variable).collect(joining(", ", "<", ">"));
    }

    private static String variable(TypeVariable<?> variable) {
        String bounds = Stream.of(variable.getAnnotatedBounds())
                .map(PublicSurface::text)
                .filter(bound -> !bound.equals("Object"))
                .collect(joining(" & "));
        return variable.getName() + (bounds.isEmpty() ? "" : " extends " + bounds);
    }

    // ------------------------------------------------------------------------------------------------- names

    /// A type by simple names, with its nullness.
    private static String text(AnnotatedType type) {
        String annotations = Stream.of(type.getAnnotations())
                .map(Annotation::annotationType)
                .map(annotation -> "@" + annotation.getSimpleName() + " ")
                .collect(joining());
        return switch (type) {
            case AnnotatedArrayType array ->
                text(array.getAnnotatedGenericComponentType()) + (annotations.isEmpty() ? "" : " " + annotations)
                        + "[]";
            case AnnotatedParameterizedType parameterized ->
                annotations
                        + raw(type)
                        + Stream.of(parameterized.getAnnotatedActualTypeArguments())
                                .map(PublicSurface::text)
                                .collect(joining(", ", "<", ">"));
            case AnnotatedWildcardType wildcard -> annotations + "?" + bound(wildcard);
            default -> annotations + raw(type);
        };
    }

    private static String bound(AnnotatedWildcardType wildcard) {
        if (wildcard.getAnnotatedLowerBounds().length > 0) {
            return " super " + text(wildcard.getAnnotatedLowerBounds()[0]);
        }
        String upper = text(wildcard.getAnnotatedUpperBounds()[0]);
        return upper.equals("Object") ? "" : " extends " + upper;
    }

    private static String raw(AnnotatedType type) {
        return switch (type.getType()) {
            case Class<?> plain -> simpleName(plain);
            case java.lang.reflect.ParameterizedType parameterized -> simpleName((Class<?>) parameterized.getRawType());
            case java.lang.reflect.Type other -> other.getTypeName();
        };
    }

    private static String simpleName(Class<?> type) {
        Class<?> outer = type.getDeclaringClass();
        return outer == null ? type.getSimpleName() : simpleName(outer) + "." + type.getSimpleName();
    }
}

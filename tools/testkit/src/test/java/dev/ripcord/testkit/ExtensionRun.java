package dev.ripcord.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Runs classes of tests with whichever JUnit there is.
final class ExtensionRun {

    private ExtensionRun() {}

    /// Prints how the classes named by `arguments` went.
    public static void main(String... arguments) throws ClassNotFoundException {
        Class<?>[] types = new Class<?>[arguments.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = Class.forName(arguments[i]);
        }
        of(Map.of(), types).forEach(System.out::println);
    }

    /// How each test went: its name, and if it failed the first line of why.
    static List<String> of(Map<String, String> parameters, Class<?>... types) {
        List<String> results = Collections.synchronizedList(new ArrayList<>());
        TestExecutionListener listener = new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                String failure = result.getThrowable()
                        .map(e -> ": "
                                + String.valueOf(e.getMessage())
                                        .lines()
                                        .findFirst()
                                        .orElse(""))
                        .orElse("");
                if (test.isTest() || !failure.isEmpty()) {
                    results.add(name(test) + failure);
                }
            }
        };
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(Stream.of(types)
                                        .map(DiscoverySelectors::selectClass)
                                        .toList())
                                .configurationParameters(parameters)
                                .build(),
                        listener);
        return results.stream().sorted().toList();
    }

    private static String name(TestIdentifier test) {
        return test.getSource()
                .map(source -> switch (source) {
                    case MethodSource method -> simple(method.getClassName()) + "." + method.getMethodName();
                    case ClassSource type -> simple(type.getClassName());
                    default -> source.toString();
                })
                .orElse(test.getDisplayName());
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
    }
}

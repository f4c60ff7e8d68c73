package dev.ripcord.checks;

import com.google.errorprone.bugpatterns.BugChecker;
import java.util.List;
import java.util.ServiceLoader;

/// The checks of this module, as Error Prone finds them.
final class Checks {

    private Checks() {}

    static List<Class<? extends BugChecker>> all() {
        return ServiceLoader.load(BugChecker.class).stream()
                .<Class<? extends BugChecker>>map(ServiceLoader.Provider::type)
                .filter(type -> type.getPackage().equals(Checks.class.getPackage()))
                .toList();
    }
}

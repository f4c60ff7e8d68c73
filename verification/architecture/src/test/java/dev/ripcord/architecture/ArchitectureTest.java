package dev.ripcord.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.lang.module.ResolvedModule;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every published module keeps to. There are no exemptions.
class ArchitectureTest {

    private static final String CORE = "dev.ripcord";
    private static final String CHECKS = CORE + ".checks";

    /// The arrows between integrations: all there are.
    private static final Map<String, Set<String>> AMONG_INTEGRATIONS = Map.of(
            "dev.ripcord.servlet", Set.of("dev.ripcord.http"),
            "dev.ripcord.jetty", Set.of("dev.ripcord.http"),
            "dev.ripcord.helidon", Set.of("dev.ripcord.http"),
            "dev.ripcord.undertow", Set.of("dev.ripcord.http"),
            "dev.ripcord.jdkhttp", Set.of("dev.ripcord.http"),
            "dev.ripcord.vertx", Set.of("dev.ripcord.http"),
            "dev.ripcord.reactornetty", Set.of("dev.ripcord.http"),
            "dev.ripcord.armeria", Set.of("dev.ripcord.http"),
            "dev.ripcord.tomcat", Set.of("dev.ripcord.http", "dev.ripcord.servlet"));

    private static final List<PublishedModule> MODULES = PublishedModule.all();

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importPaths(MODULES.stream().map(PublishedModule::output).toList());

    static List<PublishedModule> described() {
        return MODULES.stream()
                .filter(module -> module.descriptor().isPresent())
                .toList();
    }

    static List<PublishedModule> integrations() {
        return MODULES.stream().filter(module -> !module.name().equals(CORE)).toList();
    }

    @Nested
    class Arrows {

        @Test
        void coreUsesNothingButJava() {
            classes()
                    .that()
                    .resideInAnyPackage(CORE, CORE + ".spi")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(CORE, CORE + ".spi", "java..", "org.jspecify.annotations")
                    .check(CLASSES);
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.architecture.ArchitectureTest#integrations")
        void anIntegrationUsesNothingOfOursButCoreAndWhatItIsBuiltOn(PublishedModule module) {
            String[] allowed = Stream.concat(
                            Stream.of(CORE, CORE + ".spi", module.name() + ".."),
                            AMONG_INTEGRATIONS.getOrDefault(module.name(), Set.of()).stream()
                                    .map(other -> other + ".."))
                    .toArray(String[]::new);

            noClasses()
                    .that()
                    .resideInAPackage(module.name() + "..")
                    .should()
                    .dependOnClassesThat(resideInAPackage(CORE + "..").and(not(resideInAnyPackage(allowed))))
                    .check(CLASSES);
        }

        @Test
        void theChecksUseNothingOfOurs() {
            noClasses()
                    .that()
                    .resideInAPackage(CHECKS)
                    .should()
                    .dependOnClassesThat(resideInAPackage(CORE + "..").and(not(resideInAPackage(CHECKS))))
                    .check(CLASSES);
        }

        /// The checks are a plugin of javac and look at its trees. The JDK's HTTP server has `com.sun` in the name of
        /// its API, which is exported by a module of its own.
        @Test
        void nobodyUsesTheInsidesOfTheJdkButTheChecksThoseOfJavac() {
            DescribedPredicate<JavaClass> inside = resideInAnyPackage("sun..", "jdk.internal..", "com.sun..")
                    .and(not(resideInAPackage("com.sun.net.httpserver")))
                    .as("inside the JDK");
            DescribedPredicate<JavaClass> ofJavac = resideInAnyPackage("com.sun.source..", "com.sun.tools.javac..")
                    .as("of javac");

            noClasses()
                    .that()
                    .resideOutsideOfPackage(CHECKS)
                    .should()
                    .dependOnClassesThat(inside)
                    .check(CLASSES);
            noClasses()
                    .that()
                    .resideInAPackage(CHECKS)
                    .should()
                    .dependOnClassesThat(inside.and(not(ofJavac)))
                    .check(CLASSES);
        }
    }

    @Nested
    class Modules {

        @ParameterizedTest
        @MethodSource("dev.ripcord.architecture.ArchitectureTest#described")
        void aModuleExportsAllItsPackages(PublishedModule module) {
            ModuleDescriptor descriptor = module.descriptor().orElseThrow();

            assertThat(descriptor.name()).isEqualTo(module.name());
            assertThat(descriptor.exports()).noneMatch(ModuleDescriptor.Exports::isQualified);
            assertThat(descriptor.exports())
                    .extracting(ModuleDescriptor.Exports::source)
                    .containsExactlyInAnyOrderElementsOf(descriptor.packages());
        }

        @ParameterizedTest
        @MethodSource("dev.ripcord.architecture.ArchitectureTest#described")
        void aModuleRequiresOfOursOnlyCoreAndWhatItIsBuiltOn(PublishedModule module) {
            Set<String> allowed = new HashSet<>(AMONG_INTEGRATIONS.getOrDefault(module.name(), Set.of()));
            if (!module.name().equals(CORE)) {
                allowed.add(CORE);
            }

            assertThat(module.descriptor().orElseThrow().requires())
                    .extracting(Requires::name)
                    .filteredOn(name -> name.startsWith(CORE))
                    .isSubsetOf(allowed);
        }

        @Test
        void coreRequiresNothingAtRunTimeButJavaBase() {
            ModuleDescriptor core = MODULES.getFirst().descriptor().orElseThrow();

            assertThat(core.name()).isEqualTo(CORE);
            assertThat(core.requires())
                    .filteredOn(requires -> !requires.modifiers().contains(Requires.Modifier.STATIC))
                    .extracting(Requires::name)
                    .containsExactly("java.base");
        }

        @Test
        void allModulesWorkOnOneModulePath() {
            Path[] path = Stream.concat(described().stream().map(PublishedModule::output), PublishedModule.libraries())
                    .toArray(Path[]::new);
            List<String> names = described().stream().map(PublishedModule::name).toList();

            Configuration resolved =
                    ModuleLayer.boot().configuration().resolve(ModuleFinder.of(path), ModuleFinder.of(), names);

            assertThat(resolved.modules()).extracting(ResolvedModule::name).containsAll(names);
        }
    }

    @Nested
    class Types {

        @Test
        void aPublicTypeIsFinalOrSealedOrAnInterface() {
            classes()
                    .that()
                    .arePublic()
                    .should(be(describe("final, sealed or an interface", ArchitectureTest::isClosed)))
                    .check(CLASSES);
        }

        /// Abstract without being sealed is what a seam for tests is.
        @Test
        void aHiddenTypeIsOneOfThoseOrAbstract() {
            classes()
                    .that(not(describe("are anonymous", JavaClass::isAnonymousClass)))
                    .should(be(describe(
                            "final, sealed, an interface or abstract",
                            type -> isClosed(type) || type.getModifiers().contains(JavaModifier.ABSTRACT))))
                    .check(CLASSES);
        }

        @Test
        void aPublicInterfaceIsSealedUnlessUsersImplementIt() {
            classes()
                    .that()
                    .areInterfaces()
                    .and()
                    .areNotAnnotations()
                    .and()
                    .arePublic()
                    .and()
                    .resideOutsideOfPackage("..spi")
                    .should(be(describe(
                            "sealed or a @FunctionalInterface",
                            type -> type.reflect().isSealed() || type.isAnnotatedWith(FunctionalInterface.class))))
                    .check(CLASSES);
        }

        @Test
        void nothingIsProtectedUnlessItOverridesALibrary() {
            members()
                    .that()
                    .areProtected()
                    .should(be(describe("overriding a library", ArchitectureTest::overrides)))
                    .allowEmptyShould(true)
                    .check(CLASSES);
        }

        @Test
        void noStaticFieldChanges() {
            fields().that().areStatic().should().beFinal().check(CLASSES);
        }
    }

    private static boolean isClosed(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.FINAL)
                || type.isInterface()
                || type.reflect().isSealed();
    }

    private static boolean overrides(JavaMember member) {
        return member instanceof JavaMethod method
                && method.getOwner().getAllRawSuperclasses().stream()
                        .flatMap(parent -> parent.getMethods().stream())
                        .anyMatch(inherited -> inherited.getName().equals(method.getName())
                                && inherited.getRawParameterTypes().equals(method.getRawParameterTypes()));
    }

    private static <T> DescribedPredicate<T> describe(String text, Predicate<T> test) {
        return DescribedPredicate.describe(text, test);
    }
}

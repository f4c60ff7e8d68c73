package dev.ripcord.architecture;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A module that users get, as it was built.
///
/// @param folder where its pom is
record PublishedModule(Path folder) {

    /// All of them that have classes: what is ours on the class path of this test.
    static List<PublishedModule> all() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(entry -> entry.getParent().endsWith("target") && !entry.endsWith("test-classes"))
                .map(entry -> new PublishedModule(entry.getParent().getParent()))
                .filter(module -> Files.exists(module.output()))
                .sorted(Comparator.comparing(PublishedModule::name))
                .toList();
    }

    /// The jars of others that are modules by description, and those that ours require and that have at least a name.
    static Stream<Path> libraries() {
        Set<String> required = all().stream()
                .flatMap(module -> module.descriptor().stream())
                .flatMap(descriptor -> descriptor.requires().stream())
                .filter(requires -> !requires.modifiers().contains(Requires.Modifier.STATIC))
                .map(Requires::name)
                .collect(Collectors.toSet());
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .map(Path::of)
                .filter(jar -> isModule(jar, required));
    }

    private static boolean isModule(Path jar, Set<String> required) {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            return file.stream()
                            .anyMatch(entry -> entry.getName().matches("(META-INF/versions/\\d+/)?module-info\\.class"))
                    || (manifest != null
                            && required.contains(manifest.getMainAttributes().getValue("Automatic-Module-Name")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The folder of its class files.
    Path output() {
        return folder.resolve("target/classes");
    }

    /// The name of its module, and of its package.
    String name() {
        String name = folder.getFileName().toString();
        return name.equals("core") ? "dev.ripcord" : "dev.ripcord." + name;
    }

    /// Empty if it has no `module-info`.
    Optional<ModuleDescriptor> descriptor() {
        return ModuleFinder.of(output()).findAll().stream()
                .map(ModuleReference::descriptor)
                .findFirst();
    }

    /// Its classes, public or not, without `module-info` and `package-info`.
    List<Class<?>> classes() {
        try (Stream<Path> files = Files.walk(output())) {
            return files.map(file -> output().relativize(file).toString().replace(File.separatorChar, '.'))
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .<Class<?>>map(PublishedModule::load)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublishedModule.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return name();
    }
}

package dev.ripcord.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.netty.util.HashedWheelTimer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kotlinx.coroutines.Job;
import net.ttddyy.dsproxy.support.ProxyDataSource;

/// Under what circumstances the figures came about.
final class Machine {

    private static final Path HERE = Path.of(".");

    private Machine() {}

    /// A paragraph.
    ///
    /// @param go the version of Go, or what to say without one
    /// @param load of the machine before the run
    static String text(Effort effort, String go, double load) throws IOException {
        return String.format(
                Locale.ROOT,
                "%s, commit %s. %s, %d cores, %s. JDK %s, %s. %s. grpc-java %s, kotlinx-coroutines %s, Netty %s, "
                        + "H2 %s, pgjdbc %s, HikariCP %s, datasource-proxy %s. "
                        + "JMH, %d forks of %d × %d ms; the others, %d rounds. Load before the run %.2f.",
                LocalDate.now(ZoneOffset.UTC),
                commit(),
                cpu(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name"),
                System.getProperty("java.version"),
                System.getProperty("java.vm.name"),
                go,
                version(io.grpc.Context.class),
                version(Job.class),
                version(HashedWheelTimer.class),
                version(org.h2.Driver.class),
                version(org.postgresql.Driver.class),
                version(HikariDataSource.class),
                version(ProxyDataSource.class),
                effort.forks(),
                effort.iterations(),
                effort.time().toMillis(),
                effort.rounds(),
                load);
    }

    static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static String commit() {
        try {
            String hash = git("rev-parse", "--short", "HEAD").getFirst();
            boolean changed =
                    !git("status", "--porcelain", "--", "*.java", "*.go").isEmpty();
            return changed ? hash + " with changes" : hash;
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static List<String> git(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        return Commands.run(HERE, Map.of(), command);
    }

    private static String cpu() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        String arch = System.getProperty("os.arch");
        if (!Files.exists(info)) {
            return arch;
        }
        try (var lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(arch);
        }
    }

    /// The version in the name of the jar that `type` is from.
    private static String version(Class<?> type) {
        String jar = type.getProtectionDomain().getCodeSource().getLocation().getPath();
        Matcher version = Pattern.compile("-(\\d[^/]*)\\.jar$").matcher(jar);
        return version.find() ? version.group(1) : "of " + jar;
    }
}

package dev.ripcord.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs the rows that JMH measures.
record Jmh(Effort effort) {

    private static final String POSTGRESQL = "RIPCORD_TEST_POSTGRES";

    /// The first word of a method is the peer, the rest the operation.
    private static final Pattern METHOD = Pattern.compile("([a-z]+)(\\w*)");

    List<Figure> run(Row row) throws IOException, RunnerException {
        if (!row.needsPostgresql()) {
            return run(row, options(row));
        }
        String named = System.getenv(POSTGRESQL);
        try (EmbeddedPostgres started = named == null ? EmbeddedPostgres.start() : null) {
            String url = started == null ? named : started.getJdbcUrl("postgres", "postgres");
            return run(row, options(row).jvmArgsAppend("-D" + JdbcConnection.POSTGRESQL + "=" + url));
        }
    }

    private static List<Figure> run(Row row, ChainedOptionsBuilder options) throws RunnerException {
        List<Figure> figures = new ArrayList<>();
        for (int threads : threads(row)) {
            Collection<RunResult> results = new Runner(options.threads(threads).build()).run();
            results.forEach(result -> figures.add(figure(row, result)));
        }
        return figures;
    }

    private static List<Integer> threads(Row row) {
        return row == Row.SHARED_PARENT ? List.of(1, 2) : List.of(1);
    }

    /// A driver is more code to compile than a context.
    private Effort effort(Row row) {
        return row.needsPostgresql() ? effort.timesTwo() : effort;
    }

    private ChainedOptionsBuilder options(Row row) {
        TimeValue time = TimeValue.milliseconds(effort(row).time().toMillis());
        return new OptionsBuilder()
                .include("\\." + row.key() + "\\.")
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .forks(effort.forks())
                .warmupIterations(effort.warmups())
                .warmupTime(time)
                .measurementIterations(effort.iterations())
                .measurementTime(time);
    }

    private static Figure figure(Row row, RunResult result) {
        BenchmarkParams run = result.getParams();
        Map<String, String> params = new TreeMap<>();
        run.getParamsKeys().forEach(key -> params.put(key, run.getParam(key)));
        String name = run.getBenchmark();
        Matcher method = METHOD.matcher(name.substring(name.lastIndexOf('.') + 1));
        if (!method.matches()) {
            throw new IllegalStateException("not named after a peer: " + name);
        }
        String op = method.group(2);
        if (!op.isEmpty()) {
            params.put("op", Character.toLowerCase(op.charAt(0)) + op.substring(1));
        }
        if (threads(row).size() > 1) {
            params.put("threads", "" + run.getThreads());
        }
        Result<?> time = result.getPrimaryResult();
        // What an invocation makes before it is measured would be counted, where there is such a thing.
        Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
        double bytes = allocated == null || run.getOpsPerInvocation() > 1 ? Double.NaN : allocated.getScore();
        return new Figure(
                Peer.of(method.group(1)),
                row.key(),
                params,
                time.getScore(),
                time.getStatistics().getMeanErrorAt(Figure.CONFIDENCE),
                bytes);
    }

    /// How long a row will take.
    double seconds(Row row) {
        return threads(row).size() * effort(row).secondsOfJmh() * combinations(row.type);
    }

    private static int combinations(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Benchmark.class))
                .mapToInt(Jmh::combinations)
                .sum();
    }

    private static int combinations(Method method) {
        int product = values(method.getDeclaringClass());
        for (Class<?> state : method.getParameterTypes()) {
            product *= values(state);
        }
        return product;
    }

    /// How many combinations of parameters there are in a class of state.
    private static int values(Class<?> state) {
        int product = 1;
        for (Class<?> type = state; type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                Param param = field.getAnnotation(Param.class);
                product *= param == null ? 1 : param.value().length;
            }
        }
        return product;
    }
}

package dev.ripcord.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Runs Go's benchmarks, in the folder `go`, with Go's own tools; nothing is downloaded.
///
/// @param effort of the run
/// @param folder of Go's sources
/// @param binary the compiled benchmarks
/// @param version such as `go1.27.3`
record Go(Effort effort, Path folder, Path binary, String version) {

    static final String VARIABLE = "RIPCORD_GO";

    private static final Map<String, String> OFFLINE =
            Map.of("GOTOOLCHAIN", "local", "GOFLAGS", "-mod=mod", "GOPROXY", "off");

    /// Finds Go, by the variable or on the path, and compiles.
    ///
    /// @param folder of Go's sources
    /// @param target for the binary
    /// @return empty if there is no Go
    static Optional<Go> find(Effort effort, Path folder, Path target) throws IOException {
        Optional<String> go = command();
        if (go.isEmpty()) {
            return Optional.empty();
        }
        Path binary = target.resolve("go-benchmarks").toAbsolutePath();
        String version = Commands.run(folder, OFFLINE, List.of(go.get(), "env", "GOVERSION"))
                .getFirst();
        Commands.run(folder, OFFLINE, List.of(go.get(), "test", "-c", "-o", binary.toString(), "."));
        return Optional.of(new Go(effort, folder, binary, version));
    }

    private static Optional<String> command() throws IOException {
        String named = System.getenv(VARIABLE);
        if (named != null && !named.isEmpty()) {
            if (!Files.isExecutable(Path.of(named))) {
                throw new IOException("%s is not a program: %s".formatted(VARIABLE, named));
            }
            return Optional.of(Path.of(named).toAbsolutePath().toString());
        }
        String path = System.getenv().getOrDefault("PATH", "");
        return List.of(path.split(System.getProperty("path.separator"), -1)).stream()
                .map(place -> Path.of(place, "go"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    List<Figure> run(Row row) throws IOException {
        // The size of things does not vary, and takes long to measure.
        int rounds = row == Row.LIVE_BYTES ? 1 : effort.rounds();
        // A program that takes its own time runs once a round.
        String time = row.probes().isEmpty() ? effort.time().toMillis() / 2 + "ms" : "1x";
        return Figure.read(
                Peer.GO,
                Commands.run(
                        folder,
                        OFFLINE,
                        List.of(
                                binary.toString(),
                                "-test.run=^$",
                                "-test.bench=^Benchmark" + row.key() + "$",
                                "-test.benchtime=" + time,
                                "-test.count=" + rounds)));
    }
}

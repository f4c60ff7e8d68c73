package dev.ripcord.architecture;

import static org.assertj.core.api.Assertions.fail;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The public surface of each published module is what its `api.txt` says, and changes only together with it.
class ApiTest {

    /// Whether to write what the files should be instead of comparing them.
    private static final boolean WRITES = System.getProperty("write") != null;

    static List<PublishedModule> modules() {
        return PublishedModule.all();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void thePublicSurfaceIsTheOneInApiTxt(PublishedModule module) throws IOException {
        Path file = module.folder().resolve("api.txt");
        List<String> actual = PublicSurface.of(module);

        if (WRITES) {
            Files.write(file, actual);
        }

        List<String> listed = Files.exists(file) ? Files.readAllLines(file) : List.of();
        if (!listed.equals(actual)) {
            List<String> difference = UnifiedDiffUtils.generateUnifiedDiff(
                    "api.txt", "what was built", listed, DiffUtils.diff(listed, actual), 1);
            fail("""
                    the public surface of %s is not the one in api.txt. If that is intended, run
                    mvn -q test -pl verification/architecture -am -Dtest=ApiTest -Dwrite

                    %s""", module, String.join("\n", difference));
        }
    }
}

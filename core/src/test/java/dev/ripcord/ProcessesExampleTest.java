package dev.ripcord;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// The examples of [Processes].
@EnabledOnOs({OS.LINUX, OS.MAC})
class ProcessesExampleTest {

    // @start region="process"
    String output(Context ctx, String... command) throws IOException, InterruptedException {
        Process process = Processes.start(ctx, new ProcessBuilder(command).redirectErrorStream(true));
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        int code = process.waitFor(); // throws if ctx has ended the process
        return code == 0 ? output : "failed with " + code + ": " + output;
    }
    // @end

    @Test
    void runsACommand() throws Exception {
        assertThat(output(Context.background(), "echo", "hello")).isEqualTo("hello\n");
        assertThat(output(Context.background(), "sh", "-c", "echo oh; exit 3")).isEqualTo("failed with 3: oh\n");
    }

    @Test
    void endsItWithItsContext() {
        try (var ctx = Context.background().withTimeout(Duration.ofMillis(50), "conversion")) {
            assertThatThrownBy(() -> output(ctx, "sleep", "60"))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageStartingWith("deadline exceeded: conversion 50ms, ");
        }
    }
}

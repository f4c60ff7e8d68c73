package dev.ripcord.shop;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What the command line says.
@Command(
        name = "./shop",
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Starts the shop: a web service whose every statement and call ends when its client hangs up.",
        footer = {
            "",
            "Ctrl-C stops it: it drains, then cancels what is left with the reason \"server stopping\".",
            "Exit code 2: an option is wrong, a port is taken, or the database does not answer."
        })
final class Options {

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            converter = Port.class,
            description = "where the shop listens on localhost, 0 for any free port (${DEFAULT-VALUE})")
    int port = 8080;

    @Option(
            names = "--server",
            paramLabel = "NAME",
            defaultValue = "tomcat",
            converter = ServerName.class,
            description = "what the shop runs on: tomcat, jetty or helidon (${DEFAULT-VALUE})")
    Server server = Server.TOMCAT;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "a PostgreSQL to use instead of an embedded one: jdbc:postgresql://host/db?user=…; the shop"
                    + " keeps to the schema ripcord_shop")
    @Nullable
    String database;

    @Option(
            names = "--products",
            paramLabel = "N",
            defaultValue = "200000",
            converter = Products.class,
            description = "size of the catalogue (${DEFAULT-VALUE})")
    long products = 200_000;

    @Option(
            names = "--users-port",
            paramLabel = "PORT",
            defaultValue = "0",
            converter = Port.class,
            description = "where the users API listens, 0 for any free port (${DEFAULT-VALUE})")
    int usersPort;

    @Option(
            names = "--users-latency",
            paramLabel = "TIME",
            defaultValue = "50ms",
            converter = Time.class,
            description = "how long the users API takes (${DEFAULT-VALUE})")
    Duration usersLatency = Duration.ofMillis(50);

    @Option(
            names = "--drain",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = Time.class,
            description = "how long running requests may go on when the shop is stopped (${DEFAULT-VALUE})")
    Duration drain = Duration.ofSeconds(5);

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "shows this")
    boolean help;

    /// The name of a server.
    static final class ServerName implements ITypeConverter<Server> {
        @Override
        public Server convert(String value) {
            return Arrays.stream(Server.values())
                    .filter(server -> server.toString().equals(value))
                    .findFirst()
                    .orElseThrow(
                            () -> new TypeConversionException("'%s' is none of %s".formatted(value, Server.names())));
        }
    }

    /// A port number.
    static final class Port implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return (int) number(value, 0, 65_535);
        }
    }

    /// A number of products.
    static final class Products implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            return number(value, 1, 10_000_000);
        }
    }

    /// A duration.
    static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            return Durations.parse(value, Params.LONGEST)
                    .orElseThrow(
                            () -> new TypeConversionException("'" + value + "' is not a duration such as 300ms or 2s"));
        }
    }

    private static long number(String value, long least, long most) {
        if (value.matches("[0-9]{1,9}")) {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new TypeConversionException("'%s' is not a number from %s to %s".formatted(value, least, most));
    }
}

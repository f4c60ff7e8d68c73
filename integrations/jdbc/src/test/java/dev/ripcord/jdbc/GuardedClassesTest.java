package dev.ripcord.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLXML;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// That the generated classes are up to date, and that no method of this JDK's `java.sql` goes around them.
class GuardedClassesTest {

    private static final Map<Class<?>, Class<?>> GUARDED = Map.of(
            Connection.class, GuardedConnection.class,
            Statement.class, GuardedStatement.class,
            PreparedStatement.class, GuardedPreparedStatement.class,
            CallableStatement.class, GuardedCallableStatement.class,
            ResultSet.class, GuardedResultSet.class,
            DatabaseMetaData.class, GuardedDatabaseMetaData.class);

    private static final Map<Class<?>, Class<?>> GUARDED_VALUES = Map.of(
            ResultSetMetaData.class, GuardedResultSetMetaData.class,
            ParameterMetaData.class, GuardedParameterMetaData.class,
            Array.class, GuardedArray.class,
            Blob.class, GuardedBlob.class,
            Clob.class, GuardedClob.class,
            NClob.class, GuardedNClob.class,
            SQLXML.class, GuardedSQLXML.class);

    static Stream<Arguments> types() {
        return Stream.of(GUARDED, GUARDED_VALUES)
                .flatMap(all -> all.entrySet().stream())
                .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyMethodIsForwarded(Class<?> type, Class<?> guarded) {
        List<String> declared = Arrays.stream(guarded.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .map(GuardedClasses::signature)
                .toList();

        assertThat(GuardedClasses.methods(type).map(GuardedClasses::signature))
                .as("a method of %s that %s does not forward: run GuardedClasses", type, guarded)
                .isSubsetOf(declared);
    }

    @Test
    void theSourcesAreWhatTheGeneratorWrites() throws Exception {
        for (Map.Entry<String, String> source : GuardedClasses.sources().entrySet()) {
            String checkedIn = Files.readString(Path.of("src/main/java", source.getKey()));

            assertThat(withoutSpace(checkedIn))
                    .as("%s differs from its generator: run GuardedClasses", source.getKey())
                    .isEqualTo(withoutSpace(source.getValue()));
        }
    }

    /// The generator leaves the format to the formatter.
    private static String withoutSpace(String text) {
        return text.replaceAll("\\s+", "");
    }

    @Test
    void aMethodThatTheJdkAddsWouldBeSeen() throws Exception {
        Method method = Connection.class.getMethod("beginRequest"); // a default method, added in Java 9

        assertThat(GuardedClasses.methods(Connection.class)).contains(method);
    }
}

package dev.ripcord.jdbc;

import static java.util.Objects.requireNonNull;

import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalPropertiesReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.tomcat.jdbc.pool.PoolProperties;
import org.jspecify.annotations.Nullable;

/// The pools that are known, each as its users make it.
enum Pool {
    HIKARI {
        @Override
        Opened open(String url, int size) {
            return hikari(new HikariDataSource(), url, size);
        }
    },

    /// The last before 7.
    HIKARI_6 {
        @Override
        Opened open(String url, int size) {
            return hikari(olderHikari("6."), url, size);
        }
    },

    /// The last before 6, which drops a connection for any `SQLTimeoutException`.
    HIKARI_5 {
        @Override
        Opened open(String url, int size) {
            return hikari(olderHikari("5."), url, size);
        }
    },

    /// With an exception sorter, as its makers advise.
    AGROAL {
        @Override
        Opened open(String url, int size) {
            return agroal(url, size, "io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter");
        }
    },

    TOMCAT {
        @Override
        Opened open(String url, int size) {
            PoolProperties properties = new PoolProperties();
            properties.setUrl(url);
            properties.setDriverClassName(driver(url));
            properties.setMaxActive(size);
            properties.setInitialSize(0);
            properties.setMaxWait(WAIT_MILLIS);
            properties.setTestOnBorrow(true);
            properties.setValidationQuery("select 1");
            properties.setJmxEnabled(false);
            var pool = new org.apache.tomcat.jdbc.pool.DataSource(properties);
            return new Opened(pool, pool::getActive, pool::close);
        }
    },

    C3P0 {
        @Override
        Opened open(String url, int size) {
            ComboPooledDataSource pool = new ComboPooledDataSource();
            pool.setJdbcUrl(url);
            pool.setInitialPoolSize(1);
            pool.setMinPoolSize(1);
            pool.setMaxPoolSize(size);
            pool.setCheckoutTimeout(WAIT_MILLIS);
            return new Opened(pool, pool::getNumBusyConnections, pool::close);
        }
    },

    DBCP2 {
        @Override
        Opened open(String url, int size) {
            BasicDataSource pool = new BasicDataSource();
            pool.setUrl(url);
            pool.setMaxTotal(size);
            pool.setMaxWait(Duration.ofMillis(WAIT_MILLIS));
            return new Opened(pool, pool::getNumActive, pool::close);
        }
    };

    /// Longer than any test: that a wait ends is never the pool's doing.
    private static final int WAIT_MILLIS = 60_000;

    /// A pool of at most `size` connections to `url`, as it comes from its maker but for sizes and waits.
    abstract Opened open(String url, int size);

    static Opened agroal(String url, int size, @Nullable String exceptionSorter) {
        Map<String, String> properties = new HashMap<>();
        properties.put(AgroalPropertiesReader.JDBC_URL, url);
        properties.put(AgroalPropertiesReader.MAX_SIZE, String.valueOf(size));
        properties.put(AgroalPropertiesReader.ACQUISITION_TIMEOUT_MS, String.valueOf(WAIT_MILLIS));
        properties.put(AgroalPropertiesReader.METRICS_ENABLED, "true");
        if (exceptionSorter != null) {
            properties.put(AgroalPropertiesReader.EXCEPTION_SORTER, exceptionSorter);
        }
        try {
            AgroalDataSource pool = AgroalDataSource.from(
                    new AgroalPropertiesReader().readProperties(properties).get());
            return new Opened(pool, () -> (int) pool.getMetrics().activeCount(), pool::close);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /// A HikariCP of any version, which need not be the one of the class path.
    static Opened hikari(Object pool, String url, int size) {
        set(pool, "setJdbcUrl", String.class, url);
        set(pool, "setMaximumPoolSize", int.class, size);
        set(pool, "setConnectionTimeout", long.class, (long) WAIT_MILLIS);
        return new Opened(
                (DataSource) pool,
                () -> (int) get(get(pool, "getHikariPoolMXBean"), "getActiveConnections"),
                () -> get(pool, "close"));
    }

    /// A new pool of the version that begins with `version`, from the jars that the build puts into `target/hikari`.
    static Object olderHikari(String version) {
        try (Stream<Path> jars = Files.list(Path.of("target", "hikari"))) {
            Path jar = jars.filter(file -> file.getFileName().toString().startsWith("HikariCP-" + version))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("target/hikari has no HikariCP " + version));
            return new Older(jar.toUri().toURL())
                    .loadClass("com.zaxxer.hikari.HikariDataSource")
                    .getConstructor()
                    .newInstance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("HikariCP has changed", e);
        }
    }

    private static String driver(String url) {
        return url.startsWith("jdbc:h2:") ? "org.h2.Driver" : "org.postgresql.Driver";
    }

    static void set(Object pool, String setter, Class<?> type, Object value) {
        try {
            pool.getClass().getMethod(setter, type).invoke(pool, value);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("HikariCP has changed", e);
        }
    }

    static Object get(Object of, String getter) {
        try {
            var method = Stream.concat(
                            Stream.of(of.getClass()), Stream.of(of.getClass().getInterfaces()))
                    .filter(type -> Modifier.isPublic(type.getModifiers()))
                    .flatMap(type -> Stream.of(type.getMethods()))
                    .filter(candidate -> candidate.getName().equals(getter) && candidate.getParameterCount() == 0)
                    .findFirst()
                    .orElseThrow();
            Object result = method.invoke(of);
            return result == null ? "nothing" : result;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("HikariCP has changed", e);
        }
    }

    /// A pool, how many of its connections are lent, and how to close it.
    record Opened(DataSource source, Count lent, Closing closing) implements AutoCloseable {

        /// Waits until all connections have come back, at most 10 s: c3p0 takes them back on a thread of its own, and
        /// Agroal counts one twice that was aborted.
        void awaitWhole() throws SQLException {
            long start = System.nanoTime();
            while (lent.get() > 0) {
                if (System.nanoTime() - start > 10_000_000_000L) {
                    throw new AssertionError(lent.get() + " connections are still lent after 10 s");
                }
                Thread.onSpinWait();
            }
        }

        @Override
        public void close() throws SQLException {
            closing.close();
        }
    }

    /// A number that a pool tells.
    interface Count {
        int get() throws SQLException;
    }

    /// How a pool is closed.
    interface Closing {
        void close() throws SQLException;
    }

    /// What tells HikariCP 5 to keep a connection whatever it has thrown.
    public static final class KeepAll implements SQLExceptionOverride {

        @java.lang.Override
        public SQLExceptionOverride.Override adjudicate(SQLException exception) {
            return SQLExceptionOverride.Override.DO_NOT_EVICT;
        }
    }

    /// Loads HikariCP from a jar of its own, and all else as usual.
    private static final class Older extends URLClassLoader {

        Older(URL jar) {
            super(new URL[] {jar}, Pool.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean own = name.startsWith("com.zaxxer.hikari.");
            if (!own && !name.equals(KeepAll.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : own ? findClass(name) : define(name);
            }
        }

        private Class<?> define(String name) {
            try (InputStream in = Pool.class.getResourceAsStream("Pool$KeepAll.class")) {
                byte[] code = requireNonNull(in).readAllBytes();
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

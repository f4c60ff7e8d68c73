package dev.ripcord.frameworks;

import static java.util.Objects.requireNonNull;

import javax.sql.DataSource;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.cfg.JdbcSettings;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// The frameworks, each as it is, and what it makes of the end of a context.
enum Framework {
    SPRING_JDBC_TEMPLATE(
            "org.springframework.dao.QueryTimeoutException", "org.springframework.dao.QueryTimeoutException") {
        @Override
        Access over(DataSource source) {
            JdbcTemplate template = new JdbcTemplate(source);
            TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(source));
            return new Access() {
                @Override
                public String value(String sql) {
                    return requireNonNull(template.queryForObject(sql, String.class));
                }

                @Override
                public void transaction(String update, String query, Runnable beforeCommit) {
                    transactions.executeWithoutResult(status -> {
                        template.update(update);
                        value(query);
                        beforeCommit.run();
                    });
                }
            };
        }
    },

    SPRING_JDBC_CLIENT(
            "org.springframework.dao.QueryTimeoutException", "org.springframework.dao.QueryTimeoutException") {
        @Override
        Access over(DataSource source) {
            JdbcClient client = JdbcClient.create(source);
            TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(source));
            return new Access() {
                @Override
                public String value(String sql) {
                    return requireNonNull(client.sql(sql).query(String.class).single());
                }

                @Override
                public void transaction(String update, String query, Runnable beforeCommit) {
                    transactions.executeWithoutResult(status -> {
                        client.sql(update).update();
                        value(query);
                        beforeCommit.run();
                    });
                }
            };
        }
    },

    JOOQ("org.jooq.exception.DataAccessException", "org.jooq.exception.DataAccessException") {
        @Override
        Access over(DataSource source) {
            DSLContext jooq = DSL.using(source, SQLDialect.POSTGRES);
            return new Access() {
                @Override
                public String value(String sql) {
                    return value(jooq, sql);
                }

                private String value(DSLContext jooq, String sql) {
                    return requireNonNull(jooq.fetchSingle(sql).get(0, String.class));
                }

                @Override
                public void transaction(String update, String query, Runnable beforeCommit) {
                    jooq.transaction(inside -> {
                        inside.dsl().execute(update);
                        value(inside.dsl(), query);
                        beforeCommit.run();
                    });
                }
            };
        }
    },

    MYBATIS("org.apache.ibatis.exceptions.PersistenceException", "org.apache.ibatis.exceptions.PersistenceException") {
        @Override
        Access over(DataSource source) {
            var configuration = new org.apache.ibatis.session.Configuration(
                    new Environment("test", new JdbcTransactionFactory(), source));
            configuration.addMapper(Statements.class);
            SqlSessionFactory sessions = new SqlSessionFactoryBuilder().build(configuration);
            return new Access() {
                @Override
                public String value(String sql) {
                    try (SqlSession session = sessions.openSession()) {
                        return session.getMapper(Statements.class).value(sql);
                    }
                }

                @Override
                public void transaction(String update, String query, Runnable beforeCommit) {
                    try (SqlSession session = sessions.openSession()) {
                        session.getMapper(Statements.class).update(update);
                        session.getMapper(Statements.class).value(query);
                        beforeCommit.run();
                        session.commit();
                    }
                }
            };
        }
    },

    HIBERNATE("jakarta.persistence.PersistenceException", "org.hibernate.TransactionException") {
        @Override
        Access over(DataSource source) {
            Configuration configuration = new Configuration();
            configuration.getProperties().put(JdbcSettings.JAKARTA_NON_JTA_DATASOURCE, source);
            SessionFactory sessions = configuration.buildSessionFactory();
            return new Access() {
                @Override
                public String value(String sql) {
                    return sessions.fromSession(session -> value(session, sql));
                }

                private String value(Session session, String sql) {
                    return session.createNativeQuery(sql, String.class).getSingleResult();
                }

                @Override
                public void transaction(String update, String query, Runnable beforeCommit) {
                    sessions.inTransaction(session -> {
                        session.createNativeMutationQuery(update).executeUpdate();
                        value(session, query);
                        beforeCommit.run();
                    });
                }

                @Override
                public void close() {
                    sessions.close();
                }
            };
        }
    },

    JDBI(
            "org.jdbi.v3.core.statement.UnableToExecuteStatementException",
            "org.jdbi.v3.core.transaction.TransactionException") {
        @Override
        Access over(DataSource source) {
            Jdbi jdbi = Jdbi.create(source);
            return new Access() {
                @Override
                public String value(String sql) {
                    return jdbi.withHandle(handle -> value(handle, sql));
                }

                private String value(Handle handle, String sql) {
                    return handle.createQuery(sql).mapTo(String.class).one();
                }

                @Override
                public void transaction(String update, String query, Runnable beforeCommit) {
                    jdbi.useTransaction(handle -> {
                        handle.execute(update);
                        value(handle, query);
                        beforeCommit.run();
                    });
                }
            };
        }
    };

    /// What a caller catches when a statement is stopped, be it by a deadline or by a cancel.
    final String stopped;

    /// What a caller catches when a context has ended before the commit of its transaction.
    final String notCommitted;

    Framework(String stopped, String notCommitted) {
        this.stopped = stopped;
        this.notCommitted = notCommitted;
    }

    /// The framework over `source`.
    abstract Access over(DataSource source);

    /// How a test uses a framework.
    interface Access extends AutoCloseable {

        /// The one value that a query gives.
        String value(String sql);

        /// Does an update, a query and the last thing before the commit in one transaction of the framework's.
        void transaction(String update, String query, Runnable beforeCommit);

        @Override
        default void close() {}
    }

    /// MyBatis' way to say it.
    interface Statements {

        @Select("${sql}")
        String value(@Param("sql") String sql);

        @Update("${sql}")
        int update(@Param("sql") String sql);
    }
}

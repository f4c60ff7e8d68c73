/// Database access that ends with the context: [dev.ripcord.jdbc.ContextDataSource].
@org.jspecify.annotations.NullMarked
@SuppressWarnings("requires-automatic") // some drivers are no named modules
module dev.ripcord.jdbc {
    requires transitive dev.ripcord;
    requires transitive java.sql;
    requires static org.jspecify;
    requires static com.h2database;
    requires static com.zaxxer.hikari;
    requires static org.mariadb.jdbc;
    requires static org.postgresql.jdbc;

    exports dev.ripcord.jdbc;
    exports dev.ripcord.jdbc.spi;

    uses dev.ripcord.jdbc.spi.DriverSupport;
}

/// For those who teach this module another driver: [dev.ripcord.jdbc.spi.DriverSupport].
@org.jspecify.annotations.NullMarked
package dev.ripcord.jdbc.spi;

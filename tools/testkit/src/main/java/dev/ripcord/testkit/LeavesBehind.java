package dev.ripcord.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a test, or all tests of a class, that leave something behind on purpose: [RipcordExtension] does not look.
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface LeavesBehind {

    /// Why.
    ///
    /// @return for the reader
    String value();
}

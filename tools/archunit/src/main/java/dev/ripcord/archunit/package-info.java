/// Rules of ArchUnit for code that uses Ripcord: [dev.ripcord.archunit.ContextRules].
@org.jspecify.annotations.NullMarked
package dev.ripcord.archunit;

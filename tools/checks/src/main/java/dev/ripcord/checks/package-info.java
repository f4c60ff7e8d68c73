/// Error Prone checks for code that uses Ripcord: one class each, and the pages in `docs/checks` say what they ask for.
///
/// Everything else is hidden: `Contexts` is what all of them know of Ripcord, by name; `Fate` and `ScopeFlow` follow a
/// scope from where it is made.
@org.jspecify.annotations.NullMarked
package dev.ripcord.checks;

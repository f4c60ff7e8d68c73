/// Jox selects in which the end of a context is one of the clauses.
///
/// - [dev.ripcord.jox.ContextSelect]: all there is; its file is the specification
package dev.ripcord.jox;

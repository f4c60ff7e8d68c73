/// Jox selects in which the end of a context is one of the clauses: [dev.ripcord.jox.ContextSelect].
@org.jspecify.annotations.NullMarked
module dev.ripcord.jox {
    requires transitive com.softwaremill.jox;
    requires transitive dev.ripcord;
    requires static transitive org.jspecify;

    exports dev.ripcord.jox;
}

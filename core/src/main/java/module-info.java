/// Go's `context` for Java: deadlines, cancellation and request values in one [dev.ripcord.Context].
///
/// The API is in [dev.ripcord]; [dev.ripcord.spi] is for those who join other libraries to it.
@org.jspecify.annotations.NullMarked
module dev.ripcord {
    requires static transitive org.jspecify;

    exports dev.ripcord;
    exports dev.ripcord.spi;

    uses dev.ripcord.spi.TreeObserver;
}

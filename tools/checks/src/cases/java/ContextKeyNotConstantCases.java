import dev.ripcord.Context;
import dev.ripcord.Key;

class ContextKeyNotConstantCases {

    // @start region="bad"
    static class BadUser {

        Context with(Context ctx, String user) {
            // BUG: Diagnostic contains: this key is compared by identity, and each call makes another
            return ctx.withValue(Key.of("user"), user);
        }

        String of(Context ctx) {
            // BUG: Diagnostic contains: the key `key` is compared by identity, and each call makes another
            Key<String> key = Key.of("user", String.class);
            return ctx.value(key);
        }
    }
    // @end region="bad"

    // @start region="good"
    static class User {

        private static final Key<String> USER = Key.of("user", String.class);

        static Context with(Context ctx, String user) {
            return ctx.withValue(USER, user);
        }

        static String of(Context ctx) {
            return ctx.value(USER);
        }
    }
    // @end region="good"

    // BUG: Diagnostic contains: the key `tenant` is compared by identity, and each object has another: make it static
    private final Key<String> tenant = Key.of("tenant");

    // BUG: Diagnostic contains: the key `trace` is compared by identity, and each object has another
    static Key<String> trace = Key.of("trace");

    public static class Keys {
        // BUG: Diagnostic contains: everybody can read and replace the value of `LOCALE`: make it private, with
        // accessors
        public static final Key<String> LOCALE = Key.of("locale");
    }

    public static class Accessed {

        public static final Key<String> ZONE = Key.of("zone");

        static String zone(Context ctx) {
            return ctx.value(ZONE);
        }
    }

    static class OfThePackage {
        static final Key<String> COLOUR = Key.of("colour");
    }
}

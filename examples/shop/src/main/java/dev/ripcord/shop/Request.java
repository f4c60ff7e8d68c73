package dev.ripcord.shop;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a client asks for, the same on every server.
///
/// @param path as it was sent, not decoded
/// @param query what follows the question mark, not decoded; null if nothing does
record Request(String method, String path, @Nullable String query, Headers headers) {

    /// The headers of a request, by names in any case.
    @FunctionalInterface
    interface Headers {

        /// The first value of a header, or null if there is none.
        @Nullable
        String first(String name);
    }

    /// The first value of a query parameter, decoded; null if there is none.
    ///
    /// @throws BadRequestException if it is not encoded as it has to be
    @Nullable
    String param(String name) {
        if (query == null) {
            return null;
        }
        for (String pair : query.split("&", -1)) {
            int end = pair.indexOf('=');
            if (decoded(end < 0 ? pair : pair.substring(0, end)).equals(name)) {
                return end < 0 ? "" : decoded(pair.substring(end + 1));
            }
        }
        return null;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException("query", text, "percent-encoded");
        }
    }

    /// Method and target, such as `GET /search?q=a`.
    @Override
    public String toString() {
        return method + " " + path + (query == null ? "" : "?" + query);
    }
}

package dev.ripcord.shop;

import dev.ripcord.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// The page at `/`, with its style and its script: three files of the jar.
final class Page {

    private static final Map<String, String> TYPES = Map.of(
            "shop.html", "text/html;charset=utf-8",
            "shop.css", "text/css;charset=utf-8",
            "shop.js", "text/javascript;charset=utf-8");

    /// For a service without a page: there is nothing.
    static final Handler NONE = (ctx, request) -> {
        throw new NotFoundException("page", request.path());
    };

    private Page() {}

    /// Answers `/` and `/shop.*`; there is nothing else.
    static Answer handle(Context ctx, Request request) throws IOException {
        String path = request.path().substring(1);
        String name = path.isEmpty() ? "shop.html" : path;
        String type = TYPES.get(name);
        if (type == null) {
            throw new NotFoundException("page", request.path());
        }
        try (InputStream file = Page.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("not in the jar: " + name);
            }
            return new Answer(200, type, new String(file.readAllBytes(), StandardCharsets.UTF_8))
                    .with("Cache-Control", "no-cache")
                    .with("Content-Security-Policy", "default-src 'self'");
        }
    }
}

package dev.ripcord.shop;

import dev.ripcord.Context;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/// The page at `/`, with its style and its script: three files of the jar.
final class Page {

    private static final Map<String, String> TYPES = Map.of(
            "shop.html", "text/html; charset=utf-8",
            "shop.css", "text/css; charset=utf-8",
            "shop.js", "text/javascript; charset=utf-8");

    /// For a service without a page: there is nothing.
    static final Handler NONE = (ctx, request, response) -> {
        throw new NotFoundException("page", request.getRequestURI());
    };

    private Page() {}

    /// Answers `/` and `/shop.*`; there is nothing else.
    static void handle(Context ctx, HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getRequestURI().substring(1);
        String name = path.isEmpty() ? "shop.html" : path;
        String type = TYPES.get(name);
        if (type == null) {
            throw new NotFoundException("page", request.getRequestURI());
        }
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-cache");
        response.setHeader("Content-Security-Policy", "default-src 'self'");
        try (InputStream file = Page.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("not in the jar: " + name);
            }
            file.transferTo(response.getOutputStream());
        }
    }
}

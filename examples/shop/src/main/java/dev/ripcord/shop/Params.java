package dev.ripcord.shop;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a client sent, checked: anything wrong is a [BadRequestException] that quotes the value.
final class Params {

    /// No request of the shop takes longer, whatever its client asks for.
    static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Pattern ID = Pattern.compile("[0-9]{1,18}");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int LONGEST_QUERY = 100;

    private Params() {}

    /// The number at the end of the path, such as 17 of `/products/17`.
    static long id(Request request) {
        String path = request.path();
        int slash = path.indexOf('/', 1);
        String id = slash < 0 ? "" : path.substring(slash + 1);
        if (!ID.matcher(id).matches()) {
            throw new BadRequestException("id", id, "a whole number");
        }
        return Long.parseLong(id);
    }

    /// What to search for.
    static String query(Request request) {
        String query = request.param("q");
        if (query == null || query.isBlank() || query.length() > LONGEST_QUERY || hasControl(query)) {
            throw new BadRequestException(
                    "q", query == null ? "" : query, "a text of 1 to " + LONGEST_QUERY + " characters");
        }
        return query.strip();
    }

    /// The duration that a parameter says, [#LONGEST] at most.
    static Optional<Duration> duration(Request request, String name) {
        String text = request.param(name);
        if (text == null) {
            return Optional.empty();
        }
        Duration duration = Durations.parse(text, LONGEST)
                .orElseThrow(() -> new BadRequestException(name, text, "a duration such as 300ms or 2s"));
        return Optional.of(duration);
    }

    /// A header that is short and harmless enough for logs and SQL comments; else null.
    static @Nullable String token(Request request, String header) {
        String value = request.headers().first(header);
        return value != null && TOKEN.matcher(value).matches() ? value : null;
    }

    private static boolean hasControl(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }
}

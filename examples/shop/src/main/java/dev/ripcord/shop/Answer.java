package dev.ripcord.shop;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// What a client gets, the same on every server.
///
/// @param headers all but the length
record Answer(int status, Map<String, String> headers, String body) {

    Answer {
        headers = Map.copyOf(headers);
    }

    /// @param type the media type of `body`
    Answer(int status, String type, String body) {
        this(status, Map.of("Content-Type", type), body);
    }

    /// The same with one more header.
    Answer with(String name, String value) {
        Map<String, String> more = new TreeMap<>(headers);
        more.put(name, value);
        return new Answer(status, more, body);
    }

    byte[] bytes() {
        return body.getBytes(StandardCharsets.UTF_8);
    }
}

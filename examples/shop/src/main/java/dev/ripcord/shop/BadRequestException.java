package dev.ripcord.shop;

import java.util.regex.Pattern;

/// A parameter is not what it has to be: answered as 400, with the value.
final class BadRequestException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int LONGEST_QUOTE = 60;

    /// What would begin a new line in the log, or worse.
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /// @param expected what the value has to be, such as "a duration such as 300ms or 2s"
    BadRequestException(String parameter, String value, String expected) {
        super("%s is not %s: '%s'".formatted(parameter, expected, quote(value)));
    }

    private static String quote(String value) {
        String shown = value.length() <= LONGEST_QUOTE ? value : value.substring(0, LONGEST_QUOTE) + "…";
        return CONTROL.matcher(shown).replaceAll("\uFFFD");
    }
}

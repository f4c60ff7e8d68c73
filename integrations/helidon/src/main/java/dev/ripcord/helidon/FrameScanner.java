package dev.ripcord.helidon;

import java.nio.ByteBuffer;

/// Finds the resets of streams in the bytes that an HTTP/2 client sends, however they are cut.
final class FrameScanner {

    private static final int PREFACE = 24;
    private static final int HEADER = 9;
    private static final int RST_STREAM = 3;
    private static final int CODE = 4;

    private final Listener listener;

    /// What is skipped before the next header: the preface, or a frame's payload.
    private int skip = PREFACE;

    /// The header of a frame, and the code of a reset.
    private final byte[] frame = new byte[HEADER + CODE];

    private int have;

    /// Whom to tell.
    interface Listener {

        void reset(int stream, long code);
    }

    FrameScanner(Listener listener) {
        this.listener = listener;
    }

    void scan(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            if (skip > 0) {
                int skipped = Math.min(skip, bytes.length - at);
                skip -= skipped;
                at += skipped;
            } else {
                frame[have++] = bytes[at++];
                if (have >= HEADER) {
                    headerOrMore();
                }
            }
        }
    }

    private void headerOrMore() {
        ByteBuffer header = ByteBuffer.wrap(frame);
        int length = header.getInt(0) >>> 8;
        boolean isReset = frame[3] == RST_STREAM && length == CODE;
        if (isReset && have < HEADER + CODE) {
            return;
        }
        if (isReset) {
            listener.reset(header.getInt(5) & Integer.MAX_VALUE, Integer.toUnsignedLong(header.getInt(HEADER)));
        } else {
            skip = length;
        }
        have = 0;
    }
}

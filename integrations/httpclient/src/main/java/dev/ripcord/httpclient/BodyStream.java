package dev.ripcord.httpclient;

import dev.ripcord.Context;
import dev.ripcord.ContextException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A response body whose reads throw how the context ended, if they fail after its end.
final class BodyStream extends FilterInputStream {

    @SuppressWarnings("ContextInField") // a body belongs to the context of its call
    private final Context ctx;

    BodyStream(Context ctx, InputStream in) {
        super(in);
        this.ctx = ctx;
    }

    @Override
    public int read() throws IOException {
        try {
            return in.read();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return in.read(bytes, offset, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public long skip(long count) throws IOException {
        try {
            return in.skip(count);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private IOException failed(IOException failure) {
        if (Exchange.reason(ctx, failure) instanceof ContextException end) {
            throw end;
        }
        return failure;
    }
}

package dev.ripcord.tomcat;

import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/// Tomcat's HTTP/1.1 protocol over NIO, which in addition shows [RipcordValve] the connection of a request.
///
/// In a `server.xml` it is the protocol of a connector; everything else about the connector, TLS and HTTP/2 included,
/// stays as it is:
///
/// ```xml
/// <Connector port="8080" protocol="dev.ripcord.tomcat.RipcordProtocol"/>
/// ```
public final class RipcordProtocol extends Http11NioProtocol {

    /// A protocol as a connector makes it, by its class name.
    public RipcordProtocol() {}

    @Override
    protected Processor createProcessor() {
        return new Http1Processor(this, getAdapter());
    }

    /// The connection that an HTTP/1.1 request came on, or null for a request that came otherwise.
    static @Nullable SocketWrapperBase<?> connectionOf(Request request) {
        return request.getNote(Http1Processor.NOTE) instanceof Http1Processor processor ? processor.connection() : null;
    }

    /// Tomcat's processor of one connection at a time, found through the one request object that it uses for all.
    private static final class Http1Processor extends Http11Processor {

        /// One of a request's 32 slots for notes. Tomcat itself uses the first two.
        static final int NOTE = 29;

        Http1Processor(RipcordProtocol protocol, Adapter adapter) {
            super(protocol, adapter);
            getRequest().setNote(NOTE, this);
        }

        @Nullable
        SocketWrapperBase<?> connection() {
            return getSocketWrapper();
        }
    }
}

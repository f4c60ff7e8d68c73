package dev.ripcord.tomcat;

import org.apache.coyote.Request;
import org.apache.coyote.http2.Http2Protocol;

/// Tomcat's HTTP/2, for clients that choose it when they connect: by ALPN over TLS, or knowing it beforehand.
///
/// A client that asks to upgrade from HTTP/1.1 is answered in HTTP/1.1. The first stream of an upgraded connection is
/// the one kind of request whose reset Tomcat tells nobody, so the leaving of its client would go unseen.
///
/// Add it with `connector.addUpgradeProtocol(new RipcordHttp2Protocol())`, or in a `server.xml`:
///
/// ```xml
/// <UpgradeProtocol className="dev.ripcord.tomcat.RipcordHttp2Protocol"/>
/// ```
public final class RipcordHttp2Protocol extends Http2Protocol {

    /// A protocol with Tomcat's own settings.
    public RipcordHttp2Protocol() {}

    /// Whether to upgrade the connection of an HTTP/1.1 request.
    ///
    /// @param request that asks for it
    /// @return false
    @Override
    public boolean accept(Request request) {
        return false;
    }
}

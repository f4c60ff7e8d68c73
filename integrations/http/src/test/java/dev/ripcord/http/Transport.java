package dev.ripcord.http;

/// What the bytes of a scenario travel by.
public enum Transport {
    /// HTTP/1.1 without TLS.
    HTTP1("HTTP/1.1"),
    /// HTTP/1.1 over TLS, with the certificate of [TestCertificate].
    TLS("HTTP/1.1 over TLS"),
    /// HTTP/2 without TLS, known to both sides beforehand.
    HTTP2("HTTP/2");

    final String title;

    Transport(String title) {
        this.title = title;
    }
}

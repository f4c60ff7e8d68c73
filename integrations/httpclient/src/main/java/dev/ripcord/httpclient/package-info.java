/// `java.net.http` calls that end with the context.
///
/// - [dev.ripcord.httpclient.ContextHttpClient]: sends requests; its file is the specification
/// - `Exchange`: one request and its response, tied to one context
/// - `Body`: the response body on its way to the handler's subscriber
/// - `BodyStream`, `BodyLines`: bodies that are read after the response is there
package dev.ripcord.httpclient;

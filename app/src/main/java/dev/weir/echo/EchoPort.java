package dev.weir.echo;

import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** What an echo backend speaks on a port; TLS contexts say which versions ALPN may choose. */
public sealed interface EchoPort {
  /** HTTP in plain text: 1.1 and 2 with prior knowledge. */
  record Plain() implements EchoPort {}

  /** HTTP/1.1 in plain text and nothing else. */
  record Http1() implements EchoPort {}

  /** HTTP/2 with prior knowledge; HTTP/1 is answered with 400. */
  record Http2() implements EchoPort {}

  /** HTTP over TLS, the version by ALPN. */
  record Https(SslContext tls) implements EchoPort {}

  /** The gRPC service GrpcEcho of the Gateway API conformance suite, over HTTP/2. */
  record Grpc(@Nullable SslContext tls) implements EchoPort {}

  /** Lines over TCP: a welcome, then PING, IS_TLS and TEST are answered, see {@link LineEcho}. */
  record Lines(@Nullable SslContext tls) implements EchoPort {}

  /** Datagrams over UDP, each answered with a JSON object that holds it and the identity. */
  record Datagrams() implements EchoPort {}

  /** DNS over UDP: any question is answered with no records and NOERROR. */
  record Dns() implements EchoPort {}
}

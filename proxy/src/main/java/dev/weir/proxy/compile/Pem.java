package dev.weir.proxy.compile;

import com.google.protobuf.ByteString;
import dev.weir.core.filter.InvalidConfig;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Certificates and keys as text (RFC 7468). */
final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String PRIVATE_KEY = "PRIVATE KEY-----";
  private static final String END = "-----END ";

  private static final byte[] RSA = HexFormat.of().parseHex("2a864886f70d010101");
  private static final byte[] EC = HexFormat.of().parseHex("2a8648ce3d0201");
  private static final byte[] ED25519 = HexFormat.of().parseHex("2b6570");
  private static final byte[] ED448 = HexFormat.of().parseHex("2b6571");

  /** What the JDK calls the algorithm with an object identifier. */
  private static final Map<ByteBuffer, String> ALGORITHMS =
      Map.of(
          ByteBuffer.wrap(RSA), "RSA",
          ByteBuffer.wrap(EC), "EC",
          ByteBuffer.wrap(ED25519), "EdDSA",
          ByteBuffer.wrap(ED448), "EdDSA");

  private static final byte[] RSA_ALGORITHM = sequence(der(0x06, RSA), der(0x05));
  private static final byte[] EC_PUBLIC_KEY = der(0x06, EC);
  private static final byte[] VERSION_0 = der(0x02, new byte[] {0});

  private Pem() {}

  /** All certificates in {@code text}, at least one. */
  static List<X509Certificate> certificates(ByteString text, FieldPath path) throws InvalidConfig {
    try {
      List<X509Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(text.newInput()).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (all.isEmpty()) {
        throw path.invalid("holds no certificate in PEM form");
      }
      return all;
    } catch (CertificateException e) {
      throw path.invalid("holds a certificate that cannot be read: " + e.getMessage());
    }
  }

  /** The private key in {@code text}: PKCS#8, PKCS#1 (RSA) or SEC 1 (elliptic curves). */
  static PrivateKey privateKey(ByteString text, FieldPath path) throws InvalidConfig {
    String all = text.toString(StandardCharsets.ISO_8859_1);
    int label = all.indexOf(PRIVATE_KEY);
    int begin = label < 0 ? -1 : all.lastIndexOf(BEGIN, label);
    int end = label < 0 ? -1 : all.indexOf(END, label);
    if (begin < 0 || end < 0) {
      throw path.invalid("holds no private key in PEM form");
    }
    String kind = all.substring(begin + BEGIN.length(), label);
    try {
      byte[] body =
          Base64.getMimeDecoder().decode(all.substring(label + PRIVATE_KEY.length(), end));
      return switch (kind) {
        case "" -> key(body);
        case "RSA " -> key(sequence(VERSION_0, RSA_ALGORITHM, der(0x04, body)));
        case "EC " -> {
          byte[] algorithm = sequence(EC_PUBLIC_KEY, curve(body));
          yield key(sequence(VERSION_0, algorithm, der(0x04, body)));
        }
        case "ENCRYPTED " -> throw path.invalid("holds an encrypted key; decrypt it first");
        default -> throw path.invalid("holds a key of an unknown kind: " + kind.strip());
      };
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // The reason given by the parser may quote the key.
      throw path.invalid("holds a private key that cannot be read");
    }
  }

  /** The key tells its algorithm itself: to try one would load all that the JDK has for others. */
  private static PrivateKey key(byte[] pkcs8) throws GeneralSecurityException {
    ByteBuffer info = content(ByteBuffer.wrap(pkcs8), 0x30);
    content(info, 0x02);
    String algorithm = ALGORITHMS.get(content(content(info, 0x30), 0x06));
    if (algorithm == null) {
      throw new InvalidKeySpecException("no RSA, EC or EdDSA key");
    }
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  // --- the few bits of DER (X.690) that tell algorithms, and turn older key forms into PKCS#8 ----

  /** The curve's OID, element [0] of an ECPrivateKey (RFC 5915). */
  private static byte[] curve(byte[] ecPrivateKey) throws InvalidKeySpecException {
    ByteBuffer content = content(ByteBuffer.wrap(ecPrivateKey), 0x30);
    content(content, 0x02);
    content(content, 0x04);
    ByteBuffer parameters = content(content, 0xa0);
    byte[] oid = new byte[parameters.remaining()];
    parameters.get(oid);
    return oid;
  }

  /** The content of the element at the buffer's position, which moves behind it. */
  private static ByteBuffer content(ByteBuffer in, int tag) throws InvalidKeySpecException {
    if (in.remaining() < 2 || (in.get() & 0xff) != tag) {
      throw new InvalidKeySpecException("unexpected element");
    }
    int length = in.get() & 0xff;
    if (length > 0x80) {
      int octets = length & 0x7f;
      length = 0;
      for (int i = 0; i < octets && in.hasRemaining(); i++) {
        length = (length << 8) | (in.get() & 0xff);
      }
    }
    if (length < 0 || length > in.remaining()) {
      throw new InvalidKeySpecException("truncated");
    }
    ByteBuffer content = in.slice(in.position(), length);
    in.position(in.position() + length);
    return content;
  }

  private static byte[] sequence(byte[]... elements) {
    return der(0x30, elements);
  }

  private static byte[] der(int tag, byte[]... contents) {
    int length = Arrays.stream(contents).mapToInt(c -> c.length).sum();
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      int octets = (39 - Integer.numberOfLeadingZeros(length)) / 8;
      out.write(0x80 | octets);
      for (int i = octets - 1; i >= 0; i--) {
        out.write(length >>> (8 * i));
      }
    }
    for (byte[] content : contents) {
      out.writeBytes(content);
    }
    return out.toByteArray();
  }
}

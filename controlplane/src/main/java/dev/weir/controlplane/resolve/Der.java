package dev.weir.controlplane.resolve;

import java.io.ByteArrayOutputStream;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.util.Arrays;

/** The little DER (X.690) that it takes to put an old private key into the form the JDK reads. */
final class Der {
  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  private Der() {}

  /**
   * A PKCS #8 key (RFC 5208, section 5) around one of PKCS #1 or SEC 1, which does not say what it
   * is: the public key that it should belong to does.
   */
  static byte[] pkcs8(byte[] key, PublicKey publicKey) throws InvalidKeyException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(VERSION_0);
    content.writeBytes(algorithm(publicKey.getEncoded()));
    content.writeBytes(element(OCTET_STRING, key));
    return element(SEQUENCE, content.toByteArray());
  }

  /** The first element inside a SubjectPublicKeyInfo (RFC 5280, section 4.1). */
  private static byte[] algorithm(byte[] publicKeyInfo) throws InvalidKeyException {
    int start = contentStart(publicKeyInfo, 0);
    int end = contentStart(publicKeyInfo, start) + length(publicKeyInfo, start);
    if (end > publicKeyInfo.length) {
      throw new InvalidKeyException("public key is cut off");
    }
    return Arrays.copyOfRange(publicKeyInfo, start, end);
  }

  private static byte[] element(int tag, byte[] content) {
    ByteArrayOutputStream element = new ByteArrayOutputStream();
    element.write(tag);
    if (content.length < 0x80) {
      element.write(content.length);
    } else {
      int octets = (Integer.SIZE - Integer.numberOfLeadingZeros(content.length) + 7) / 8;
      element.write(0x80 | octets);
      for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
        element.write(content.length >>> shift);
      }
    }
    element.writeBytes(content);
    return element.toByteArray();
  }

  private static int contentStart(byte[] der, int element) {
    int first = der[element + 1] & 0xff;
    return element + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int element) {
    int first = der[element + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = (length << 8) | (der[element + 2 + i] & 0xff);
    }
    return length;
  }
}

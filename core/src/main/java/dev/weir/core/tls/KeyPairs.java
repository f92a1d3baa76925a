package dev.weir.core.tls;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;

/** Tells which private key belongs to which certificate. */
public final class KeyPairs {
  private static final byte[] PROBE = {'w', 'e', 'i', 'r'};

  private KeyPairs() {}

  /**
   * Whether {@code key} is the private key of {@code publicKey}. Private keys of RSA, and those of
   * elliptic curves nearly always, hold the public key too: then it is compared, and nothing
   * computed. That such a key is sound in itself is left to BoringSSL, which looks when it reads
   * it.
   *
   * @throws GeneralSecurityException if keys of this kind cannot be used
   */
  public static boolean belong(PrivateKey key, PublicKey publicKey)
      throws GeneralSecurityException {
    if (!key.getAlgorithm().equals(publicKey.getAlgorithm())) {
      return false;
    }
    if (key instanceof RSAPrivateKey rsa && publicKey instanceof RSAPublicKey rsaPublic) {
      return rsa.getModulus().equals(rsaPublic.getModulus());
    }
    return (publicKey instanceof ECPublicKey curve && endsWith(key, curve))
        || verifies(publicKey, key);
  }

  /**
   * Whether the key ends with the public key's point: it is the last, optional element of an
   * ECPrivateKey (RFC 5915, section 3), as it is that of a SubjectPublicKeyInfo (RFC 5480, section
   * 2).
   */
  private static boolean endsWith(PrivateKey key, ECPublicKey publicKey) {
    byte[] whole = key.getEncoded();
    byte[] info = publicKey.getEncoded();
    int coordinate = (publicKey.getParams().getCurve().getField().getFieldSize() + 7) / 8;
    // Not compressed, which the JDK does not read: one octet that says so, then both coordinates.
    int point = 1 + 2 * coordinate;
    return whole.length > point
        && Arrays.equals(
            info, info.length - point, info.length, whole, whole.length - point, whole.length);
  }

  private static boolean verifies(PublicKey publicKey, PrivateKey key)
      throws GeneralSecurityException {
    String algorithm =
        publicKey.getAlgorithm().equals("EC") ? "SHA256withECDSA" : publicKey.getAlgorithm();
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (InvalidKeyException e) {
      return false;
    }
  }
}

package dev.weir.core.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyPairsTest {
  /** A key of curve P-256 in PKCS #8, up to the number and from there to the public point. */
  private static final byte[] NUMBER_FOLLOWS =
      HexFormat.of()
          .parseHex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420");

  private static final byte[] POINT_FOLLOWS = HexFormat.of().parseHex("a144034200");
  private static final int NUMBER = 32;
  private static final int POINT = 65;

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "Ed25519", "secp256r1", "secp384r1", "secp521r1"})
  void knowsItsOwnAndNoOther(String kind) throws GeneralSecurityException {
    KeyPair one = generate(kind);
    KeyPair other = generate(kind);

    assertThat(KeyPairs.belong(one.getPrivate(), one.getPublic())).isTrue();
    assertThat(KeyPairs.belong(other.getPrivate(), one.getPublic())).isFalse();
  }

  @Test
  void believesAPublicKeyInsideThePrivateOne() throws GeneralSecurityException {
    KeyPair one = generate("secp256r1");
    KeyPair other = generate("secp256r1");
    BigInteger number = ((ECPrivateKey) one.getPrivate()).getS();

    assertThat(KeyPairs.belong(holding(one.getPublic(), number), one.getPublic())).isTrue();
    assertThat(KeyPairs.belong(holding(one.getPublic(), BigInteger.TWO), one.getPublic())).isTrue();
    assertThat(KeyPairs.belong(holding(one.getPublic(), number), other.getPublic())).isFalse();
  }

  @Test
  void computesWhereThePublicKeyInsideIsAnothers() throws GeneralSecurityException {
    KeyPair one = generate("secp256r1");
    KeyPair other = generate("secp256r1");
    BigInteger number = ((ECPrivateKey) one.getPrivate()).getS();

    assertThat(KeyPairs.belong(holding(other.getPublic(), number), one.getPublic())).isTrue();
  }

  @Test
  void seesThatKindsDiffer() throws GeneralSecurityException {
    KeyPair curve = generate("secp256r1");

    assertThat(KeyPairs.belong(curve.getPrivate(), generate("RSA").getPublic())).isFalse();
    assertThat(KeyPairs.belong(curve.getPrivate(), generate("Ed25519").getPublic())).isFalse();
    assertThat(KeyPairs.belong(curve.getPrivate(), generate("secp384r1").getPublic())).isFalse();
  }

  private static KeyPair generate(String kind) throws GeneralSecurityException {
    boolean curve = kind.startsWith("secp");
    KeyPairGenerator generator = KeyPairGenerator.getInstance(curve ? "EC" : kind);
    if (curve) {
      generator.initialize(new ECGenParameterSpec(kind));
    }
    return generator.generateKeyPair();
  }

  /** The private key {@code number} that says its public key is {@code publicKey}. */
  private static PrivateKey holding(PublicKey publicKey, BigInteger number)
      throws GeneralSecurityException {
    byte[] info = publicKey.getEncoded();
    byte[] digits = number.toByteArray();
    byte[] padded = new byte[NUMBER];
    int length = Math.min(digits.length, NUMBER);
    System.arraycopy(digits, digits.length - length, padded, NUMBER - length, length);
    ByteArrayOutputStream key = new ByteArrayOutputStream();
    key.writeBytes(NUMBER_FOLLOWS);
    key.writeBytes(padded);
    key.writeBytes(POINT_FOLLOWS);
    key.writeBytes(Arrays.copyOfRange(info, info.length - POINT, info.length));
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key.toByteArray()));
  }
}

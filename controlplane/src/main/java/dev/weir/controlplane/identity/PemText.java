package dev.weir.controlplane.identity;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.jspecify.annotations.Nullable;

/** Certificates and keys as PEM. */
final class PemText {
  private PemText() {}

  static String of(X509Certificate... certificates) {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      text.append(write(certificate));
    }
    return text.toString();
  }

  /** The key in PKCS #8. */
  static String of(PrivateKey key) {
    try {
      return write(new JcaPKCS8Generator(key, null));
    } catch (IOException e) {
      throw new UncheckedIOException("a key that was made here can be written", e);
    }
  }

  private static String write(Object object) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter out = new JcaPEMWriter(text)) {
      out.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException("nothing fails that goes into memory", e);
    }
    return text.toString();
  }

  /**
   * The certificates of a text, at least one; other things in it are passed over.
   *
   * @param what the text is, for the error
   */
  static List<X509Certificate> certificates(String text, String what) throws InvalidMaterial {
    List<X509Certificate> found = new ArrayList<>();
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
        if (next instanceof X509CertificateHolder holder) {
          found.add(new JcaX509CertificateConverter().getCertificate(holder));
        }
      }
    } catch (IOException | CertificateException e) {
      throw new InvalidMaterial(what + " cannot be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new InvalidMaterial(what + " has no PEM block CERTIFICATE", null);
    }
    return found;
  }

  /**
   * The first private key of a text, in PKCS #8 or an older form, not encrypted.
   *
   * @param what the text is, for the error
   */
  static PrivateKey key(String text, String what) throws InvalidMaterial {
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
        PrivateKeyInfo key = keyInfo(next);
        if (key != null) {
          return new JcaPEMKeyConverter().getPrivateKey(key);
        }
      }
    } catch (IOException e) {
      // Its own message may have pieces of what it read.
      throw new InvalidMaterial(what + " cannot be read", null);
    }
    throw new InvalidMaterial(what + " has no PEM block PRIVATE KEY that is not encrypted", null);
  }

  private static @Nullable PrivateKeyInfo keyInfo(Object block) {
    return switch (block) {
      case PrivateKeyInfo key -> key;
      case PEMKeyPair pair -> pair.getPrivateKeyInfo();
      default -> null;
    };
  }
}

package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.core.problem.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * Texts of configuration.
 *
 * @param problems one for each file or directory that could not be read; its location names it
 */
public record Sources(List<SourceText> texts, List<Problem> problems) {
  public Sources {
    texts = List.copyOf(texts);
    problems = List.copyOf(problems);
  }

  /** Equal for the same texts by the same names, and for no others that anybody will see. */
  public String digest() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    for (SourceText text : texts) {
      byte[] name = text.name().getBytes(StandardCharsets.UTF_8);
      digest.update(
          ByteBuffer.allocate(8).putInt(name.length).putInt(text.content().length).flip());
      digest.update(name);
      digest.update(text.content());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}

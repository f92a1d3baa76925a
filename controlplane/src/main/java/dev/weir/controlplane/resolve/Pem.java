package dev.weir.controlplane.resolve;

import dev.weir.core.api.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of a PEM text (RFC 7468). Text around them is passed over. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private Pem() {}

  /**
   * A block.
   *
   * @param label e.g. {@code CERTIFICATE}
   * @param der its content
   */
  record Block(String label, Bytes der) {}

  /**
   * The blocks in order of the text.
   *
   * @throws IllegalArgumentException if the content of one is not base64
   */
  static List<Block> blocks(Bytes text) {
    Matcher matcher = BLOCK.matcher(new String(text.toArray(), StandardCharsets.US_ASCII));
    List<Block> blocks = new ArrayList<>();
    while (matcher.find()) {
      blocks.add(
          new Block(matcher.group(1), Bytes.of(Base64.getMimeDecoder().decode(matcher.group(2)))));
    }
    return blocks;
  }
}

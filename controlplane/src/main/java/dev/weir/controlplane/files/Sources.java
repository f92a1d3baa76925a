package dev.weir.controlplane.files;

import dev.weir.controlplane.decode.SourceText;
import dev.weir.core.problem.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

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

  /**
   * Equal for the same texts by the same names, and for others by a chance that nobody will see: 64
   * bits of two checksums. Both are instructions of the processor to a JVM that has just started,
   * which would take a hundred times as long for a hash that withstands intent; but who may write
   * these files need not deceive anybody.
   */
  public String checksum() {
    Checksum one = new CRC32();
    Checksum other = new CRC32C();
    for (SourceText text : texts) {
      byte[] name = text.name().getBytes(StandardCharsets.UTF_8);
      byte[] lengths =
          ByteBuffer.allocate(8).putInt(name.length).putInt(text.content().length).array();
      for (Checksum sum : List.of(one, other)) {
        sum.update(lengths);
        sum.update(name);
        sum.update(text.content());
      }
    }
    return Long.toHexString(one.getValue() << Integer.SIZE | other.getValue());
  }
}

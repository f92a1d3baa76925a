package dev.weir.proxy.http.h1;

import dev.weir.core.http.Fields;
import dev.weir.core.http.Token;
import dev.weir.proxy.http.TrailerRules;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Takes the framing off a chunked body (RFC 9112, section 7.1), strictly: hexadecimal digits
 * without white space, CRLF everywhere. Chunk extensions are read over and not passed on.
 */
final class ChunkDecoder {
  /** What a body may have of extensions in all its chunks together. */
  private static final int MAX_EXTENSION_BYTES = 16 * 1024;

  private static final int USUAL_TRAILERS = 256;
  private static final int MAX_TRAILER_BYTES = 16 * 1024;
  private static final int MAX_TRAILERS = 100;

  /** Longer sizes do not fit a long. */
  private static final int MAX_DIGITS = 15;

  private enum State {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILERS,
    END
  }

  private final HeadScanner.Kind trailerKind;
  private State state = State.END;
  private int digits;
  private long chunk;
  private int extensionBytes;
  private @Nullable Fields trailers;
  private @Nullable HeadScanner trailerScanner;
  private @Nullable Defect defect;

  ChunkDecoder(HeadScanner.Kind trailerKind) {
    this.trailerKind = trailerKind;
  }

  void begin() {
    state = State.SIZE;
    digits = 0;
    chunk = 0;
    extensionBytes = 0;
    defect = null;
    if (trailers != null) {
      trailers.clear();
    }
  }

  /**
   * Moves over framing.
   *
   * @return how many bytes at the reader index are data, or {@link BodyDecoder#MORE}, {@link
   *     BodyDecoder#END}, {@link BodyDecoder#REFUSED}
   */
  int next(ByteBuf in) {
    if (defect != null) {
      return BodyDecoder.REFUSED;
    }
    while (state != State.END && in.isReadable()) {
      switch (state) {
        case SIZE -> size(in.readByte());
        case EXTENSION -> extension(in.readByte());
        case SIZE_LF -> sizeEnd(in.readByte());
        case DATA -> {
          return (int) Math.min(chunk, in.readableBytes());
        }
        case DATA_CR -> expect(in.readByte(), '\r', State.DATA_LF);
        case DATA_LF -> {
          expect(in.readByte(), '\n', State.SIZE);
          digits = 0;
          chunk = 0;
        }
        case TRAILERS -> trailers(in);
        case END -> throw new IllegalStateException();
      }
      if (defect != null) {
        return BodyDecoder.REFUSED;
      }
    }
    return state == State.END ? BodyDecoder.END : BodyDecoder.MORE;
  }

  /** {@code count} bytes of data were taken from the buffer. */
  void took(int count) {
    chunk -= count;
    if (chunk == 0) {
      state = State.DATA_CR;
    }
  }

  private void size(byte b) {
    int digit = Character.digit(b, 16);
    if (digit >= 0 && b > 0) {
      if (++digits > MAX_DIGITS) {
        defect = Defect.CHUNK_SIZE;
        return;
      }
      chunk = chunk << 4 | digit;
    } else if (digits == 0) {
      defect = Defect.CHUNK_SIZE;
    } else if (b == '\r') {
      state = State.SIZE_LF;
    } else if (b == ';') {
      state = State.EXTENSION;
    } else {
      defect = b == '\n' ? Defect.BARE_LF : Defect.CHUNK_SIZE;
    }
  }

  private void extension(byte b) {
    if (b == '\r') {
      state = State.SIZE_LF;
    } else if (!Token.isFieldValueChar(b)) {
      defect = b == '\n' ? Defect.BARE_LF : Defect.CHUNK_EXTENSION;
    } else if (++extensionBytes > MAX_EXTENSION_BYTES) {
      defect = Defect.CHUNK_EXTENSIONS_TOO_LARGE;
    }
  }

  private void sizeEnd(byte b) {
    if (b != '\n') {
      defect = Defect.BARE_CR;
    } else if (chunk > 0) {
      state = State.DATA;
    } else {
      state = State.TRAILERS;
      scanner().begin(MAX_TRAILER_BYTES, MAX_TRAILERS, 0);
    }
  }

  private void expect(byte b, char wanted, State then) {
    if (b == wanted) {
      state = then;
    } else {
      defect = Defect.CHUNK_END;
    }
  }

  private void trailers(ByteBuf in) {
    switch (scanner().scan(in)) {
      case MORE -> {}
      case DONE -> {
        state = State.END;
        TrailerRules.apply(trailers());
      }
      case REFUSED -> defect = scanner().defect();
    }
  }

  private HeadScanner scanner() {
    if (trailerScanner == null) {
      trailerScanner = new HeadScanner(trailerKind, trailers());
    }
    return trailerScanner;
  }

  /** The trailers, after the end; often empty. */
  Fields trailers() {
    if (trailers == null) {
      trailers = new Fields(USUAL_TRAILERS);
    }
    return trailers;
  }

  @Nullable Defect defect() {
    return defect;
  }
}

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What all peers serve: some hosts with one route each, and a certificate for all of them.
 *
 * @param edits headers that Weir sets on requests for the host that is asked for
 */
record Site(Path work, int hosts, int edits) {
  /** The one that is asked for. */
  int asked() {
    return hosts / 2;
  }

  String host(int i) {
    return "h" + i + ".example.com";
  }

  List<String> names() {
    return IntStream.range(0, hosts).mapToObj(this::host).collect(Collectors.toList());
  }

  Path certificate() {
    return work.resolve("tls.crt");
  }

  Path key() {
    return work.resolve("tls.key");
  }

  Path postScript() {
    return work.resolve("post.lua");
  }

  Path postBody() {
    return work.resolve("post.txt");
  }

  void write() throws IOException, InterruptedException {
    Command.output(
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=example.com",
            "-addext",
            "subjectAltName=DNS:*.example.com",
            "-keyout",
            key().toString(),
            "-out",
            certificate().toString()));
    Files.writeString(postBody(), "x".repeat(10 * 1024));
    Files.writeString(postScript(), "wrk.method = 'POST'\nwrk.body = string.rep('x', 10 * 1024)\n");
  }
}

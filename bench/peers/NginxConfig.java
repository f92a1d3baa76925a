import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** nginx as its manual recommends it for a reverse proxy with keep-alive upstream. */
final class NginxConfig {
  /** All that Debian's package leaves at 4 or 8 kB. */
  private static final String BUFFERS_OF_64_KB =
      """
      client_body_buffer_size 64k;
      proxy_buffers 16 64k;
      proxy_buffer_size 64k;
      proxy_busy_buffers_size 128k;
      """;

  private NginxConfig() {}

  static List<String> write(Path dir, Site site, int port, boolean largeBuffers)
      throws IOException {
    // Without it nginx would serve other hosts with the first.
    StringBuilder servers =
        new StringBuilder(
            """
              server {
                listen 127.0.0.1:%d default_server;
                return 404;
              }
            """
                .formatted(port));
    for (String host : site.names()) {
      servers.append(
          """
            server {
              listen 127.0.0.1:%d; listen 127.0.0.1:%d ssl http2;
              server_name %s;
              location / { proxy_pass http://origin; }
            }
          """
              .formatted(port, port + 1, host));
    }
    Path config = dir.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        worker_processes 1;
        daemon off;
        pid %1$s/nginx.pid;
        error_log %1$s/error.log;
        events { worker_connections 19000; }
        http {
          access_log %1$s/access.log combined buffer=64k flush=1s;
          keepalive_requests 1000000000;
          server_names_hash_max_size 65536;
          server_names_hash_bucket_size 128;
          %6$s
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_set_header X-Forwarded-Proto $scheme;
          ssl_certificate %2$s;
          ssl_certificate_key %3$s;
          ssl_protocols TLSv1.3;
          ssl_session_cache off;
          upstream origin {
            server 127.0.0.1:%4$d;
            keepalive 9000;
            keepalive_requests 1000000000;
          }
        %5$s
        }
        """
            .formatted(
                dir,
                site.certificate(),
                site.key(),
                Origin.PORT,
                servers,
                largeBuffers ? BUFFERS_OF_64_KB : ""));
    return List.of("nginx", "-p", dir.toString(), "-c", config.toString());
  }
}

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** HAProxy with one worker and one thread, a host map, and connections to the origin reused. */
final class HaproxyConfig {
  private HaproxyConfig() {}

  static List<String> write(Path dir, Site site, int port) throws IOException {
    StringBuilder map = new StringBuilder();
    for (String host : site.names()) {
      map.append(host).append(" origin\n");
    }
    Path hosts = dir.resolve("hosts.map");
    Files.writeString(hosts, map);
    Path pem = dir.resolve("tls.pem");
    Files.writeString(pem, Files.readString(site.certificate()) + Files.readString(site.key()));
    Path config = dir.resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        global
          nbthread 1
          maxconn 9900
          log stdout format raw local0
          ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
          tune.ssl.cachesize 0
        defaults
          mode http
          log global
          option httplog
          option forwardfor
          http-reuse always
          timeout connect 5s
          timeout client 60s
          timeout server 60s
          timeout http-keep-alive 60s
        frontend plain
          bind 127.0.0.1:%1$d
          use_backend %%[req.hdr(host),field(1,:),lower,map(%2$s)]
        frontend secure
          bind 127.0.0.1:%3$d ssl crt %4$s alpn h2,http/1.1
          http-request set-header X-Forwarded-Proto https
          use_backend %%[req.hdr(host),field(1,:),lower,map(%2$s)]
        backend origin
          server origin 127.0.0.1:%5$d
        """
            .formatted(port, hosts, port + 1, pem, Origin.PORT));
    return List.of("haproxy", "-W", "-f", config.toString());
  }
}

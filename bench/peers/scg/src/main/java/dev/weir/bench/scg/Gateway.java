package dev.weir.bench.scg;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;

/** Spring Cloud Gateway with one route for each of {@code --hosts} hosts. */
@SpringBootApplication
public class Gateway {
  public static void main(String[] args) {
    SpringApplication.run(Gateway.class, args);
  }

  @Bean
  RouteLocator routes(
      RouteLocatorBuilder builder,
      @Value("${hosts}") int hosts,
      @Value("${origin}") String origin) {
    RouteLocatorBuilder.Builder routes = builder.routes();
    for (int i = 0; i < hosts; i++) {
      String host = "h" + i + ".example.com";
      routes.route(host, route -> route.host(host).uri(origin));
    }
    return routes.build();
  }
}

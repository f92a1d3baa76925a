package dev.weir.addresses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.addresses.AddressPool.Claim;
import dev.weir.core.problem.ObjectRef;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressPoolTest {
  private static Claim claim(String name) {
    return new Claim(gateway(name), 0);
  }

  private static ObjectRef gateway(String name) {
    return new ObjectRef("gateway.networking.k8s.io", "Gateway", "default", name);
  }

  @Test
  void ownersKeepTheirAddresses() {
    AddressPool pool = AddressPool.of("127.20.0.0/16");

    assertThat(pool.address(claim("a"), Set.of())).hasValue("127.20.0.1");
    assertThat(pool.address(claim("b"), Set.of())).hasValue("127.20.0.2");
    assertThat(pool.address(claim("a"), Set.of())).hasValue("127.20.0.1");
    assertThat(pool.address(new Claim(gateway("a"), 1), Set.of())).hasValue("127.20.0.3");
  }

  @Test
  void addressesComeBackWithTheirOwners() {
    AddressPool pool = AddressPool.of("127.20.0.0/30");
    assertThat(pool.address(claim("a"), Set.of())).hasValue("127.20.0.1");
    assertThat(pool.address(claim("b"), Set.of())).hasValue("127.20.0.2");
    assertThat(pool.address(claim("c"), Set.of())).isEmpty();

    pool.retain(Set.of(gateway("b")));

    assertThat(pool.address(claim("c"), Set.of())).hasValue("127.20.0.1");
    assertThat(pool.address(claim("b"), Set.of())).hasValue("127.20.0.2");
  }

  @Test
  void reservedAddressesAreGivenToNobody() {
    AddressPool pool = AddressPool.of("127.20.0.0/16");

    assertThat(pool.address(claim("a"), Set.of("127.20.0.1"))).hasValue("127.20.0.2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "127.20.0.0", "127.20.0.0/31", "127.20.0/16", "::1/64", "x/16"})
  void saysWhatARangeIs(String cidr) {
    assertThatThrownBy(() -> AddressPool.of(cidr))
        .hasMessageContaining("\"" + cidr + "\" is not a range of IPv4 addresses");
  }
}

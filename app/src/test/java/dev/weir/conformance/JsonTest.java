package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class JsonTest {
  @Test
  void mergesAsTheRfcSays() {
    // The example of RFC 7386, section 3.
    var target =
        Json.MAPPER.readTree(
            """
            {"title": "Goodbye!", "author": {"givenName": "John", "familyName": "Doe"},
             "tags": ["example", "sample"], "content": "This will be unchanged"}
            """);
    var patch =
        Json.MAPPER.readTree(
            """
            {"title": "Hello!", "phoneNumber": "+01-123-456-7890",
             "author": {"familyName": null}, "tags": ["example"]}
            """);

    assertThat(Json.mergePatch(target, patch))
        .isEqualTo(
            Json.MAPPER.readTree(
                """
                {"title": "Hello!", "author": {"givenName": "John"}, "tags": ["example"],
                 "content": "This will be unchanged", "phoneNumber": "+01-123-456-7890"}
                """));
  }

  @Test
  void yamlKeepsTypesAndTexts() {
    List<ObjectNode> documents =
        Json.readYaml(
            """
            # only a comment
            ---
            name: "1"
            port: 80
            on: true
            pem: |
              -----BEGIN-----
              abc
              -----END-----
            ---
            ---
            list: [a, "no", {b: 1.5}]
            """);

    assertThat(documents).hasSize(2);
    for (ObjectNode document : documents) {
      assertThat(Json.readYaml(Json.writeYaml(document))).containsExactly(document);
    }
    assertThat(documents.getFirst().path("name").isString()).isTrue();
    assertThat(documents.getFirst().path("port").isInt()).isTrue();
    assertThat(documents.getFirst().path("pem").asString())
        .isEqualTo("-----BEGIN-----\nabc\n-----END-----\n");
  }
}

package dev.weir.controlplane.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Texts to trees. */
class DocumentReaderTest {
  private static Documents read(String text) {
    return Texts.read(SourceText.of("f", text));
  }

  private static List<String> json(String text) {
    Documents documents = read(text);
    assertThat(documents.problems()).isEmpty();
    return documents.roots().stream().map(JsonText::write).toList();
  }

  private static List<String> problems(String text) {
    return read(text).problems().stream().map(Object::toString).toList();
  }

  @Test
  void scalars() {
    assertThat(
            json(
                """
                s: [text, "1", '', "\\u00e4", yes, 2026-01-01, 1.2.3, 08:30]
                n: [1, -1, 1.5, 1e3]
                b: [true, False]
                z: [~, null, ]
                t: [!!str 1, !!str true]
                block: |
                  a
                   b
                80: number as a key
                """))
        .containsExactly(
            """
            {"s":["text","1","","ä","yes","2026-01-01","1.2.3","08:30"],"n":[1,-1,1.5,1e3],\
            "b":[true,false],"z":[null,null],"t":["1","true"],"block":"a\\n b\\n",\
            "80":"number as a key"}\
            """);
  }

  @Test
  void anchorsAliasesAndMerges() {
    assertThat(
            json(
                """
                base: &b {a: 1, b: 2}
                more: &m {c: 3}
                one: {<<: *b, b: 4}
                two: {<<: [*b, *m], d: 5}
                list: [*m, *m]
                """))
        .containsExactly(
            """
            {"base":{"a":1,"b":2},"more":{"c":3},"one":{"b":4,"a":1},\
            "two":{"d":5,"a":1,"b":2,"c":3},"list":[{"c":3},{"c":3}]}\
            """);
    assertThat(problems("a: *b")).containsExactly("f:1: *b refers to nothing before it");
    assertThat(problems("a: &a [*a]")).containsExactly("f:1: *a refers to nothing before it");
  }

  @Test
  void documents() {
    assertThat(
            json(
                """
                # only a comment
                %YAML 1.2
                ---
                a: 1
                ---
                --- {b: 2}
                --- # nothing
                ...
                ---
                c: |
                  --- not a document
                  -----BEGIN
                """))
        .containsExactly(
            "{\"a\":1}", "{\"b\":2}", "{\"c\":\"--- not a document\\n-----BEGIN\\n\"}");
    assertThat(read("--- \r\na: 1\r\n---\r\nb: 2\r\n").roots())
        .map(Tree::line)
        .containsExactly(2, 4);
    assertThat(json("\uFEFFa: 1")).containsExactly("{\"a\":1}");
    assertThat(json("")).isEmpty();
  }

  @Test
  void brokenDocumentLeavesTheOthers() {
    Documents documents = read("a: 1\n---\nb: [1\n---\nc: {\n---\nd: 4\n");
    assertThat(documents.roots()).map(JsonText::write).containsExactly("{\"a\":1}", "{\"d\":4}");
    assertThat(documents.problems())
        .map(Object::toString)
        .hasSize(2)
        .satisfies(problems -> {
          assertThat(problems.get(0)).startsWith("f:4: not valid YAML: ");
          assertThat(problems.get(1)).startsWith("f:6: not valid YAML: ");
        });
  }

  @Test
  void aliasesCannotExplode() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      laughs.append("a%d: &a%d [".formatted(i, i));
      laughs.append("*a%d, ".formatted(i - 1).repeat(10)).append("]\n");
    }
    assertThat(problems(laughs.toString()))
        .containsExactly("f:6: more than 1048576 values once aliases are followed");
  }

  @Test
  void depthIsLimited() {
    assertThat(problems("[".repeat(1_000_000))).containsExactly("f:1: nested more than 64 levels");
    assertThat(problems("- ".repeat(100_000) + "x"))
        .containsExactly("f:1: nested more than 64 levels");
    Documents json = Texts.read(SourceText.of("f.json", "[".repeat(1_000_000)));
    assertThat(json.problems())
        .map(Object::toString)
        .containsExactly("f.json:1: nested more than 64 levels");
  }

  @Test
  void sizeAndEncodingAreChecked() {
    byte[] large = new byte[DocumentReader.MAX_BYTES + 1];
    assertThat(Texts.read(new SourceText("f", large)).problems())
        .map(Object::toString)
        .containsExactly("f:1: 33554433 bytes, at most 33554432 are read: split the file");
    byte[] latin1 = "a: 1\nb: ä\n".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(Texts.read(new SourceText("f", latin1)).problems())
        .map(Object::toString)
        .containsExactly("f:2: not UTF-8: save the file with that encoding");
  }

  @Test
  void strangeThings() {
    assertThat(problems("a: !ruby/object x"))
        .containsExactly("f:1: the tag !ruby/object means nothing here: remove it");
    assertThat(problems("{[1]: 2}")).containsExactly("f:1: a key must be a simple word");
    assertThat(problems("a:\n\t- b"))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("f:2: not valid YAML");
    assertThat(problems("a: \u0000")).hasSize(1);
  }

  @Test
  void jsonFiles() {
    SourceText text =
        SourceText.of(
            "f.json", "{\n\t\"a\": \"\\ud83d\\ude00\\/\",\n\t\"b\": [1, 1.5, true, null, {}]\n}");
    Documents documents = Texts.read(text);
    assertThat(documents.problems()).isEmpty();
    assertThat(documents.roots()).hasSize(1);
    Tree.Mapping root = (Tree.Mapping) documents.roots().getFirst();
    assertThat(root.entries()).map(Tree.Entry::line).containsExactly(2, 3);
    assertThat(JsonText.write(root)).isEqualTo("{\"a\":\"😀/\",\"b\":[1,1.5,true,null,{}]}");
    assertThat(Texts.read(SourceText.of("f.json", "{\n\"a\": }")).problems())
        .map(Object::toString)
        .hasSize(1)
        .first()
        .asString()
        .startsWith("f.json:2: not valid JSON: ");
    assertThat(Texts.read(SourceText.of("f.json", "{} {}")).problems())
        .map(Object::toString)
        .containsExactly("f.json:1: text after the end of the object");
  }

  @Test
  void mergePatch() {
    Tree target = read("{a: b, c: {d: e, f: g}, l: [1, 2]}").roots().getFirst();
    Tree patch = read("{a: z, c: {f: null, h: {i: null, j: k}}, l: [3]}").roots().getFirst();
    assertThat(JsonText.write(MergePatch.apply(target, patch)))
        .isEqualTo("{\"a\":\"z\",\"c\":{\"d\":\"e\",\"h\":{\"j\":\"k\"}},\"l\":[3]}");
  }
}

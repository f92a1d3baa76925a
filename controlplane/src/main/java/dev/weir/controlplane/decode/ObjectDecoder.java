package dev.weir.controlplane.decode;

import dev.weir.controlplane.decode.Tree.Entry;
import dev.weir.controlplane.decode.Tree.Mapping;
import dev.weir.controlplane.decode.Tree.Scalar;
import dev.weir.controlplane.decode.Tree.Sequence;
import dev.weir.controlplane.decode.Tree.Sort;
import dev.weir.core.api.Kind;
import dev.weir.core.api.ObjectType;
import dev.weir.core.api.schema.Violations;
import dev.weir.core.problem.ObjectRef;
import dev.weir.core.problem.Problem;
import dev.weir.core.problem.Problem.Location;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects of trees: strictly, with the defaults of the API, and with all problems of an
 * object at once. Thread-safe; never throws because of what a tree holds.
 */
public final class ObjectDecoder {
  /** Namespace of objects that name none. */
  public static final String DEFAULT_NAMESPACE = "default";

  private static final String NAMELESS = "?";
  private static final int LONGEST_LABEL = 63;
  private static final Path METADATA = Path.ROOT.field("metadata");
  private static final Path SPEC = Path.ROOT.field("spec");

  private final KindTable kinds;

  /** A decoder of these types; objects of other kinds are passed over. */
  public ObjectDecoder(Collection<ObjectType<?>> types) {
    this.kinds = new KindTable(types);
  }

  /** All objects of a text. */
  public List<Decoded> decode(SourceText source) {
    return read(source).decoded();
  }

  /** The same, in a form that is good for later edits. */
  public DecodedText read(SourceText source) {
    return DecodedText.of(source, this);
  }

  /** What a text holds after an edit; as good as read anew, but cheaper. */
  public DecodedText read(SourceText source, DecodedText before) {
    return before.edited(source, this);
  }

  /** What documents of a text hold. */
  List<Decoded> decode(Documents documents, SourceText source) {
    List<Decoded> decoded = new ArrayList<>();
    for (Problem problem : documents.problems()) {
      Location location = problem.location();
      decoded.add(
          new Decoded(
              null,
              location == null ? new Location(source.name(), 1) : location,
              null,
              List.of(problem)));
    }
    for (Tree root : documents.roots()) {
      decode(root, source.name(), decoded);
    }
    return decoded;
  }

  /**
   * All objects of a tree.
   *
   * @param source where the tree comes from, for messages; its lines count if they are not 0
   */
  public List<Decoded> decode(Tree root, String source) {
    List<Decoded> decoded = new ArrayList<>();
    decode(root, source, decoded);
    return decoded;
  }

  /** The object that a tree holds, or those that it lists. */
  private void decode(Tree root, String file, List<Decoded> out) {
    Findings findings = Findings.of(file, null);
    if (!(root instanceof Mapping mapping)) {
      findings.error(
          "NotAnObject",
          Path.ROOT,
          root.line(),
          "expected a Kubernetes object, found " + root.description());
      out.add(refused(null, root, file, findings));
      return;
    }
    String kind = word(mapping, "kind", findings);
    String apiVersion = word(mapping, "apiVersion", findings);
    if (kind == null || apiVersion == null) {
      out.add(refused(null, root, file, findings));
    } else if (kind.endsWith("List") && mapping.get("items") instanceof Sequence list) {
      list.items().forEach(item -> decode(item, file, out));
    } else {
      switch (kinds.find(apiVersion, kind)) {
        case KindTable.Known known -> out.add(decode(known.type(), known.version(), mapping, file));
        case KindTable.Foreign() -> {}
        case KindTable.Suspicious slip -> {
          findings =
              Findings.of(
                  file,
                  new ObjectRef(slip.group(), kind, text(mapping, "namespace"), name(mapping)));
          if (slip.error()) {
            findings.error(
                "UnknownKind", Path.ROOT.field(slip.field()), mapping.line(), slip.message());
          } else {
            findings.warning(
                "UnknownKind", Path.ROOT.field(slip.field()), mapping.line(), slip.message());
          }
          out.add(refused(null, root, file, findings));
        }
      }
    }
  }

  private static @Nullable String word(Mapping mapping, String field, Findings findings) {
    Tree tree = mapping.get(field);
    if (tree instanceof Scalar scalar && scalar.sort() == Sort.STRING && !scalar.text().isEmpty()) {
      return scalar.text();
    }
    if (tree == null || tree.isNull()) {
      findings.error(
          "NotAnObject",
          Path.ROOT.field(field),
          mapping.line(),
          "required in a Kubernetes object, but missing");
    } else {
      Shape.wrongType(tree, Path.ROOT.field(field), findings, "a string");
    }
    return null;
  }

  private static <S extends Record> Decoded decode(
      ObjectType<S> type, String version, Mapping root, String file) {
    ObjectRef named = named(type.kind(), root);
    Findings findings = Findings.of(file, named);
    Fields fields = new Fields(root, Path.ROOT, findings);
    Metadata metadata = metadata(type.kind(), fields, root, findings);
    S spec = spec(type, version, fields, root, findings);
    if (metadata == null || spec == null || findings.refused()) {
      return refused(named.name().equals(NAMELESS) ? null : named, root, file, findings);
    }
    return new Decoded(
        named,
        new Location(file, root.line()),
        new Decoded.Content<>(type, metadata, spec),
        findings.problems());
  }

  private static @Nullable Metadata metadata(
      Kind kind, Fields fields, Mapping root, Findings findings) {
    Tree tree = fields.get("metadata");
    if (tree == null) {
      fields.missing("metadata", Path.ROOT, findings);
      return null;
    }
    Metadata metadata = (Metadata) Shapes.record(Metadata.class).read(tree, METADATA, findings);
    if (metadata != null) {
      checkName(kind.naming(), metadata.name(), Lines.of(tree, "name"), findings);
    }
    boolean misplaced = kind.scope() == Kind.Scope.CLUSTER && !text(root, "namespace").isEmpty();
    if (misplaced) {
      findings.warning(
          "NotUsed",
          METADATA.field("namespace"),
          Lines.of(tree, "namespace"),
          "a %s has no namespace: remove it".formatted(kind.kind()));
    }
    return metadata;
  }

  /** Checks a name that is known to be a DNS name. */
  private static void checkName(Kind.Naming rule, String name, int line, Findings findings) {
    boolean label = name.length() <= LONGEST_LABEL && name.indexOf('.') < 0;
    boolean letter = name.charAt(0) >= 'a';
    boolean valid =
        switch (rule) {
          case SUBDOMAIN -> true;
          case LABEL -> label;
          case HOST_LABEL -> label && letter;
        };
    if (!valid) {
      findings.error(
          "InvalidValue",
          METADATA.field("name"),
          line,
          "expected at most %d lower-case letters, digits and '-'%s, found %s"
              .formatted(
                  LONGEST_LABEL,
                  rule == Kind.Naming.HOST_LABEL ? ", beginning with a letter" : "",
                  Constraints.quote(name)));
    }
  }

  private static <S extends Record> @Nullable S spec(
      ObjectType<S> type, String version, Fields fields, Mapping root, Findings findings) {
    RecordShape shape = Shapes.record(type.spec());
    Set<String> top = new TreeSet<>(Set.of("apiVersion", "kind", "metadata", "spec", "status"));
    Object read;
    Tree at;
    switch (type.layout()) {
      case SPEC -> {
        at = fields.get("spec");
        if (at == null) {
          fields.missing("spec", Path.ROOT, findings);
          return null;
        }
        read = shape.read(at, SPEC, findings);
      }
      case PARTIAL_SPEC -> {
        Tree spec = fields.get("spec");
        at = spec == null ? new Mapping(List.of(), root.line()) : spec;
        read = shape.read(at, SPEC, findings.unknown(Findings.Unknown.PASS));
      }
      case PARTIAL_TOP -> {
        at = root;
        top.addAll(shape.names());
        read = shape.read(fields, root, Path.ROOT, findings);
      }
      default -> throw new AssertionError(type.layout());
    }
    Findings.Unknown unknown =
        type.layout() == ObjectType.Layout.SPEC ? Findings.Unknown.REFUSE : Findings.Unknown.PASS;
    for (Entry entry : fields.all().values()) {
      if (!top.contains(entry.key())) {
        findings.unknown(unknown).unknownField(Path.ROOT, entry.line(), entry.key(), top);
      }
    }
    return read == null ? null : checked(type, version, type.spec().cast(read), at, findings);
  }

  private static <S extends Record> S checked(
      ObjectType<S> type, String version, S spec, Tree tree, Findings findings) {
    BiConsumer<S, Violations> rules = type.versions().get(version);
    if (rules != null) {
      rules.accept(
          spec,
          (at, message) ->
              findings.error("InvalidCombination", SPEC.resolve(at), Lines.of(tree, at), message));
    }
    return spec;
  }

  private static Decoded refused(
      @Nullable ObjectRef ref, Tree root, String file, Findings findings) {
    return new Decoded(ref, new Location(file, root.line()), null, findings.problems());
  }

  /** Which object it is, as far as its text tells. */
  private static ObjectRef named(Kind kind, Mapping root) {
    String namespace = text(root, "namespace");
    return switch (kind.scope()) {
      case CLUSTER -> new ObjectRef(kind.group(), kind.kind(), "", name(root));
      case NAMESPACED ->
          new ObjectRef(
              kind.group(),
              kind.kind(),
              namespace.isEmpty() ? DEFAULT_NAMESPACE : namespace,
              name(root));
    };
  }

  private static String name(Mapping root) {
    String name = text(root, "name");
    return name.isEmpty() ? NAMELESS : name;
  }

  private static String text(Mapping root, String field) {
    return root.get("metadata") instanceof Mapping metadata
            && metadata.get(field) instanceof Scalar scalar
            && scalar.sort() != Sort.NULL
        ? scalar.text()
        : "";
  }
}

package dev.weir.proxy.source;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.weir.core.xds.Packing;
import dev.weir.core.xds.ResourceType;
import dev.weir.core.xds.XdsSnapshot;
import dev.weir.core.xds.XdsSnapshot.Resource;
import dev.weir.envoy.config.cluster.v3.Cluster;
import dev.weir.envoy.config.endpoint.v3.ClusterLoadAssignment;
import dev.weir.envoy.config.listener.v3.Listener;
import dev.weir.envoy.config.route.v3.RouteConfiguration;
import dev.weir.envoy.extensions.transport_sockets.tls.v3.Secret;
import dev.weir.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last configuration that ran, in a file, so that a proxy starts and serves while its
 * controller is away. On one thread.
 *
 * <p>The file {@code last-good} begins with a line that names format and version, and what the
 * configuration is for. A nonce follows, and everything else encrypted with AES-256-GCM, whose tag
 * covers the first line as well: private keys are never there to read, and a file that was cut,
 * changed or mixed up is noticed. Inside is a {@code DeltaDiscoveryResponse} for each type,
 * deflated: configuration repeats itself, and at the start of a JVM, which has compiled nothing
 * yet, it takes much longer to decrypt a byte than to inflate ten.
 *
 * <p>The key is in a file of its own. One that nobody named is made beside the configuration, for
 * its owner alone; that protects copies of {@code last-good}, not the whole directory.
 */
public final class SnapshotStore {
  private static final Logger log = LoggerFactory.getLogger(SnapshotStore.class);

  private static final String FORMAT = "weir-snapshot 2 ";
  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final SecureRandom random = new SecureRandom();
  private final Path file;
  private final SecretKeySpec key;
  private final byte[] header;

  private SnapshotStore(Path file, SecretKeySpec key, String serves) {
    this.file = file;
    this.key = key;
    this.header = (FORMAT + serves + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The store in a directory, which is made if it is not there.
   *
   * @param keyFile 32 bytes in base64, or null for a key of its own beside the configuration
   * @param serves what the configuration is for; another's is not used
   * @throws IOException if the directory cannot be used or the key is none
   */
  public static SnapshotStore open(Path directory, @Nullable Path keyFile, String serves)
      throws IOException {
    Files.createDirectories(directory);
    SecretKeySpec key = keyFile == null ? ownKey(directory.resolve("last-good.key")) : key(keyFile);
    return new SnapshotStore(directory.resolve("last-good"), key, serves);
  }

  private static SecretKeySpec ownKey(Path keyFile) throws IOException {
    if (!Files.exists(keyFile)) {
      byte[] fresh = new byte[KEY_BYTES];
      new SecureRandom().nextBytes(fresh);
      write(keyFile, ByteBuffer.wrap(Base64.getEncoder().encode(fresh)));
    }
    return key(keyFile);
  }

  private static SecretKeySpec key(Path keyFile) throws IOException {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(Files.readString(keyFile).strip());
    } catch (NoSuchFileException e) {
      throw new IOException(
          "there is no key file " + keyFile + "; openssl rand -base64 32 makes one", e);
    } catch (IllegalArgumentException e) {
      bytes = new byte[0];
    }
    if (bytes.length != KEY_BYTES) {
      throw new IOException(
          "the key file "
              + keyFile
              + " does not hold 32 bytes in base64; openssl rand -base64 32"
              + " makes such a key");
    }
    return new SecretKeySpec(bytes, "AES");
  }

  // --- reading ---------------------------------------------------------------------------------

  /** Whether what is stored is of this version and for what this store is for. */
  public boolean holds() {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(header.length), header);
    } catch (IOException e) {
      return false; // most often: nothing is there yet
    }
  }

  /** What is stored; empty if that is nothing, or nothing that can be used, which the log says. */
  public XdsSnapshot load() {
    try {
      byte[] content = Files.readAllBytes(file);
      int end = header.length;
      if (content.length < end + NONCE_BYTES || !Arrays.equals(content, 0, end, header, 0, end)) {
        throw new IOException(
            "it is not of this version, or for something else than "
                + new String(header, StandardCharsets.UTF_8).substring(FORMAT.length()).strip());
      }
      return snapshot(inflated(decrypt(content)));
    } catch (NoSuchFileException e) {
      return XdsSnapshot.EMPTY;
    } catch (AEADBadTagException e) {
      return unusable("it is damaged, or was written with another key");
    } catch (IOException | GeneralSecurityException e) {
      return unusable(String.valueOf(e.getMessage()));
    }
  }

  private XdsSnapshot unusable(String why) {
    log.error("the stored configuration {} is not used: {}", file, why);
    return XdsSnapshot.EMPTY;
  }

  private byte[] decrypt(byte[] content) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(
        Cipher.DECRYPT_MODE,
        key,
        new GCMParameterSpec(TAG_BITS, content, header.length, NONCE_BYTES));
    cipher.updateAAD(header);
    int begin = header.length + NONCE_BYTES;
    return cipher.doFinal(content, begin, content.length - begin);
  }

  private static byte[] inflated(byte[] deflated) throws IOException {
    try (InputStream in = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
      return in.readAllBytes();
    }
  }

  private static XdsSnapshot snapshot(byte[] plain) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(plain);
    Map<String, DeltaDiscoveryResponse> byType = new HashMap<>();
    while (in.available() > 0) {
      DeltaDiscoveryResponse response = DeltaDiscoveryResponse.parseDelimitedFrom(in);
      byType.put(response.getTypeUrl(), response);
    }
    return new XdsSnapshot(
        resources(byType, ResourceType.LISTENER, Listener.getDefaultInstance()),
        resources(
            byType, ResourceType.ROUTE_CONFIGURATION, RouteConfiguration.getDefaultInstance()),
        resources(byType, ResourceType.CLUSTER, Cluster.getDefaultInstance()),
        resources(
            byType,
            ResourceType.CLUSTER_LOAD_ASSIGNMENT,
            ClusterLoadAssignment.getDefaultInstance()),
        resources(byType, ResourceType.SECRET, Secret.getDefaultInstance()));
  }

  private static <M extends Message> Map<String, Resource<M>> resources(
      Map<String, DeltaDiscoveryResponse> byType, ResourceType type, M instance)
      throws InvalidProtocolBufferException {
    Map<String, Resource<M>> resources = new HashMap<>();
    DeltaDiscoveryResponse all = byType.get(type.url());
    if (all != null) {
      SharedHosts shared = new SharedHosts(all.getResourcesCount());
      for (var each : all.getResourcesList()) {
        resources.put(
            each.getName(),
            new Resource<>(
                each.getName(), each.getVersion(), shared.unpacked(each.getResource(), instance)));
      }
    }
    return resources;
  }

  // --- writing ---------------------------------------------------------------------------------

  /** Replaces what is stored, in one step. */
  public void save(XdsSnapshot snapshot) throws IOException {
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (OutputStream plain = new DeflaterOutputStream(deflated)) {
      write(plain, ResourceType.LISTENER, snapshot.listeners());
      write(plain, ResourceType.ROUTE_CONFIGURATION, snapshot.routes());
      write(plain, ResourceType.CLUSTER, snapshot.clusters());
      write(plain, ResourceType.CLUSTER_LOAD_ASSIGNMENT, snapshot.endpoints());
      write(plain, ResourceType.SECRET, snapshot.secrets());
    }
    write(file, encrypt(deflated.toByteArray()));
  }

  private static <M extends Message> void write(
      OutputStream out, ResourceType type, Map<String, Resource<M>> resources) throws IOException {
    DeltaDiscoveryResponse.Builder all = DeltaDiscoveryResponse.newBuilder().setTypeUrl(type.url());
    for (Resource<M> resource : resources.values()) {
      all.addResourcesBuilder()
          .setName(resource.name())
          .setVersion(resource.version())
          .setResource(Packing.packed(resource.message()));
    }
    all.build().writeDelimitedTo(out);
  }

  private ByteBuffer encrypt(byte[] plain) throws IOException {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = Cipher.getInstance(CIPHER);
      cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(header);
      ByteBuffer content =
          ByteBuffer.allocate(header.length + nonce.length + cipher.getOutputSize(plain.length));
      content.put(header).put(nonce);
      cipher.doFinal(ByteBuffer.wrap(plain), content);
      return content.flip();
    } catch (GeneralSecurityException e) {
      throw new IOException("it could not be encrypted: " + e.getMessage(), e);
    }
  }

  /** Writes a file for its owner alone: first beside its place, then into it. */
  private static void write(Path to, ByteBuffer content) throws IOException {
    Path fresh = to.resolveSibling(to.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel out =
        FileChannel.open(fresh, options, PosixFilePermissions.asFileAttribute(OWNER))) {
      while (content.hasRemaining()) {
        out.write(content);
      }
      out.force(true);
    }
    try {
      Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(to + " cannot be replaced in one step", e);
    }
  }
}

package dev.weir.controlplane.kube;

import dev.weir.core.problem.ObjectRef;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.ReducedStateItemStore;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch of the API server: the objects of a kind, or the one of a name. Lists, watches, and
 * lists again when the server has forgotten where the watch stood (410 Gone); tries again for ever.
 * Keeps no objects, only their names and versions.
 */
final class Watching implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Watching.class);

  /** Objects in one answer to a list, so that none of them is huge. */
  private static final long PAGE = 500;

  /** How long until a watch that ended for good is begun anew, in seconds. */
  private static final long RESTART_SECONDS = 5;

  /** Told of what is there, on one thread at a time. */
  interface Receiver {
    /** An object is there, new or changed. */
    void put(GenericKubernetesResource object);

    /** An object is not there any more. */
    void remove(String namespace, String name);

    /**
     * All that is there now was told.
     *
     * @param keys what there is: {@code namespace/name}, or {@code name} for cluster-scoped kinds;
     *     what is not among them is gone
     */
    void listed(Set<String> keys);
  }

  private final ApiConnection api;
  private final ResourceDefinitionContext kind;
  private final @Nullable ObjectRef only;
  private final Receiver receiver;
  private boolean closed;
  private boolean complained;
  private @Nullable SharedIndexInformer<GenericKubernetesResource> informer;

  private Watching(
      ApiConnection api,
      ResourceDefinitionContext kind,
      @Nullable ObjectRef only,
      Receiver receiver) {
    this.api = api;
    this.kind = kind;
    this.only = only;
    this.receiver = receiver;
  }

  /** Watches all objects of a kind in all namespaces. */
  static Watching all(ApiConnection api, ResourceDefinitionContext kind, Receiver receiver) {
    Watching watching = new Watching(api, kind, null, receiver);
    watching.begin();
    return watching;
  }

  /** Watches one object. */
  static Watching one(
      ApiConnection api, ResourceDefinitionContext kind, ObjectRef only, Receiver receiver) {
    Watching watching = new Watching(api, kind, only, receiver);
    watching.begin();
    return watching;
  }

  private synchronized void begin() {
    if (closed) {
      return;
    }
    SharedIndexInformer<GenericKubernetesResource> begun = selected().runnableInformer(0);
    begun
        .itemStore(
            new ReducedStateItemStore<>(
                ReducedStateItemStore.NAME_KEY_STATE,
                GenericKubernetesResource.class,
                api.client().getKubernetesSerialization()))
        .removeNamespaceIndex()
        .exceptionHandler((started, failure) -> {
          complain(failure);
          return true;
        })
        .addEventHandler(new Handler(begun));
    informer = begun;
    begun.start();
    begun.stopped().whenComplete((done, failure) -> ended(begun, failure));
  }

  /**
   * Lists and watches anew, whatever the watch that runs is waiting for: a connection that was made
   * while the server went away may never tell.
   */
  void restart() {
    SharedIndexInformer<GenericKubernetesResource> before;
    synchronized (this) {
      before = informer;
      begin();
    }
    if (before != null) {
      before.stop();
    }
  }

  private Informable<GenericKubernetesResource> selected() {
    MixedOperation<
            GenericKubernetesResource,
            GenericKubernetesResourceList,
            Resource<GenericKubernetesResource>>
        resources = api.client().genericKubernetesResources(kind);
    if (only == null) {
      return kind.isNamespaceScoped()
          ? resources.inAnyNamespace().withLimit(PAGE)
          : resources.withLimit(PAGE);
    }
    return only.namespace().isEmpty()
        ? resources.withField("metadata.name", only.name())
        : resources.inNamespace(only.namespace()).withField("metadata.name", only.name());
  }

  /** Says once what the server refuses; that it is absent is said elsewhere. */
  private synchronized void complain(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof KubernetesClientException refusal && refusal.getCode() > 0) {
        if (!complained && refusal.getCode() != 404 && refusal.getCode() != 410) {
          complained = true;
          log.error("{} cannot be watched: {}", this, refusal.getMessage());
        }
        return;
      }
    }
  }

  /** Begins anew unless it was meant to end. */
  private void ended(
      SharedIndexInformer<GenericKubernetesResource> which, @Nullable Throwable failure) {
    if (isCurrent(which)) {
      log.warn("the watch of {} ended ({}) and is begun anew", this, String.valueOf(failure));
      CompletableFuture.delayedExecutor(RESTART_SECONDS, TimeUnit.SECONDS)
          .execute(() -> {
            if (isCurrent(which)) {
              begin();
            }
          });
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very one that was begun last
  private synchronized boolean isCurrent(SharedIndexInformer<GenericKubernetesResource> which) {
    return !closed && informer == which;
  }

  @Override
  public void close() {
    SharedIndexInformer<GenericKubernetesResource> running;
    synchronized (this) {
      closed = true;
      running = informer;
    }
    if (running != null) {
      running.stop();
    }
  }

  @Override
  public String toString() {
    String plural = kind.getPlural() + (kind.getGroup().isEmpty() ? "" : "." + kind.getGroup());
    return only == null ? plural : plural + " " + only.namespace() + "/" + only.name();
  }

  /** Passes on what an informer tells, unless another took its place. */
  private final class Handler implements ResourceEventHandler<GenericKubernetesResource> {
    private final SharedIndexInformer<GenericKubernetesResource> own;

    Handler(SharedIndexInformer<GenericKubernetesResource> own) {
      this.own = own;
    }

    @Override
    public void onAdd(GenericKubernetesResource object) {
      put(object);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource object) {
      put(object);
    }

    private void put(GenericKubernetesResource object) {
      if (isCurrent(own)) {
        try {
          receiver.put(object);
        } catch (RuntimeException e) {
          // One object must not keep the others from being seen.
          log.error("{} {} cannot be read", Watching.this, object.getMetadata().getName(), e);
        }
      }
    }

    @Override
    public void onDelete(GenericKubernetesResource object, boolean finalStateUnknown) {
      if (isCurrent(own)) {
        String namespace = object.getMetadata().getNamespace();
        receiver.remove(namespace == null ? "" : namespace, object.getMetadata().getName());
      }
    }

    @Override
    public void onList(String resourceVersion, boolean remainedEmpty) {
      synchronized (Watching.this) {
        complained = false;
      }
      if (isCurrent(own)) {
        receiver.listed(Set.copyOf(own.getStore().listKeys()));
      }
    }
  }
}

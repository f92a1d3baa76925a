package dev.weir.features;

import dev.weir.core.filter.Feature;
import dev.weir.features.cors.CorsFeature;
import dev.weir.features.extauth.ExternalAuthFeature;
import dev.weir.features.headers.HeadersFeature;
import dev.weir.features.mirror.MirrorFeature;
import dev.weir.features.redirect.RedirectFeature;
import dev.weir.features.rewrite.RewriteFeature;
import dev.weir.features.sessions.SessionsFeature;
import java.util.List;

/** The features of Weir. A new one is a folder and one line here. */
public final class Features {
  /** All of them; their order means nothing. */
  public static final List<Feature> ALL =
      List.of(
          new CorsFeature(),
          new ExternalAuthFeature(),
          new HeadersFeature(),
          new MirrorFeature(),
          new RedirectFeature(),
          new RewriteFeature(),
          new SessionsFeature());

  private Features() {}
}

package dev.weir.proxy.compile;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.Value.KindCase;
import dev.weir.core.filter.InvalidConfig;
import dev.weir.core.xds.RetryBudgetMetadata;
import dev.weir.envoy.config.core.v3.Metadata;
import dev.weir.proxy.plan.ClusterPlan.RetryBudget;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Compiles the retry budget in a cluster's metadata. */
final class RetryBudgetCompiler {
  static final String NAME = RetryBudgetMetadata.NAME;

  private RetryBudgetCompiler() {}

  /** The budget, or null if the metadata are empty. */
  static @Nullable RetryBudget compile(Metadata metadata, FieldPath at) throws InvalidConfig {
    RetryBudget budget = null;
    for (Map.Entry<String, Struct> entry : metadata.getFilterMetadataMap().entrySet()) {
      FieldPath own = at.field("filter_metadata").key(entry.getKey());
      if (!entry.getKey().equals(NAME)) {
        throw own.invalid("is not known; only " + NAME + " is");
      }
      budget = budget(entry.getValue(), own);
    }
    return budget;
  }

  private static RetryBudget budget(Struct struct, FieldPath at) throws InvalidConfig {
    for (String field : struct.getFieldsMap().keySet()) {
      if (!RetryBudgetMetadata.FIELDS.contains(field)) {
        throw at.field(field).invalid("is not known");
      }
    }
    return new RetryBudget(
        number(struct, RetryBudgetMetadata.PERCENT, 0, 100, at),
        millis(struct, RetryBudgetMetadata.INTERVAL_MS, at),
        number(struct, RetryBudgetMetadata.MIN_RETRIES, 0, Integer.MAX_VALUE, at),
        millis(struct, RetryBudgetMetadata.MIN_RETRIES_INTERVAL_MS, at));
  }

  private static long millis(Struct struct, String field, FieldPath at) throws InvalidConfig {
    return TimeUnit.MILLISECONDS.toNanos(number(struct, field, 1, Integer.MAX_VALUE, at));
  }

  private static int number(Struct struct, String field, int least, int most, FieldPath at)
      throws InvalidConfig {
    Value value = struct.getFieldsOrDefault(field, Value.getDefaultInstance());
    double number = value.getNumberValue();
    if (value.getKindCase() != KindCase.NUMBER_VALUE
        || number != Math.rint(number)
        || number < least
        || number > most) {
      throw at.field(field).invalid("has to be a whole number from " + least + " to " + most);
    }
    return (int) number;
  }
}

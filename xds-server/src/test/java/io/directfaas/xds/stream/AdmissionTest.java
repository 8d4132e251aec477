package io.directfaas.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.protocol.Limits;
import io.grpc.Status;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final long SECOND = 1_000_000_000L;
  private static final WorkloadIdentity A = identity("a");
  private static final WorkloadIdentity B = identity("b");

  private static WorkloadIdentity identity(String name) {
    return new WorkloadIdentity(name, new FunctionRef("acme", name));
  }

  private static Admission admission(int streams, int perSecond, int perWorkload) {
    return new Admission(
        new StreamLimits(streams, 16, perSecond, perWorkload, 100, 1 << 20, Limits.DEFAULT), 0);
  }

  private static void assertRefused(@Nullable Status status, String limit) {
    Status refusal = Objects.requireNonNull(status);
    assertThat(refusal.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refusal.getDescription()).contains(limit);
  }

  @Test
  void moreStreamsThanTheCapAreRefusedUntilOneCloses() {
    Admission admission = admission(2, 100, 100);
    assertThat(admission.open(A, 0)).isNull();
    assertThat(admission.open(B, 0)).isNull();
    assertRefused(admission.open(A, 0), "limit streams of 2");
    admission.closed();
    assertThat(admission.open(A, 0)).isNull();
  }

  @Test
  void oneWorkloadThatOpensStreamsLikeMadCostsTheOthersNothing() {
    Admission admission = admission(1000, 10, 3);
    int admitted = 0;
    for (int i = 0; i < 500; i++) {
      admitted += admission.open(A, 0) == null ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(3);
    assertRefused(admission.open(A, 0), "new-streams-per-second-per-workload of 3");
    // Of the common ten, A took three and no more.
    assertThat(admission.open(B, 0)).isNull();
    assertThat(admission.open(A, SECOND)).isNull();
  }

  @Test
  void allTogetherHaveARateToo() {
    Admission admission = admission(1000, 5, 1000);
    for (int i = 0; i < 5; i++) {
      assertThat(admission.open(identity("f" + i), 0)).isNull();
    }
    assertRefused(admission.open(A, 0), "limit new-streams-per-second of 5");
    assertThat(admission.open(A, SECOND / 5)).isNull();
  }

  @Test
  void requestsOnCreditAreDelayedByTheirNumber() {
    TokenBucket bucket = new TokenBucket(10, 0);
    for (int i = 0; i < 10; i++) {
      assertThat(bucket.take(0)).isZero();
    }
    assertThat(bucket.take(0)).isEqualTo(SECOND / 10);
    assertThat(bucket.take(0)).isEqualTo(SECOND / 5);
    assertThat(bucket.take(2 * SECOND)).isZero();
  }
}

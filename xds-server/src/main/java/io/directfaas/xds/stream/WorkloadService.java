package io.directfaas.xds.stream;

import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.grpc.BindableService;
import java.util.function.Supplier;

/** A service beside ADS that is offered to each workload under the identity it has proven. */
@FunctionalInterface
public interface WorkloadService {
  /**
   * The service as it is offered on one socket.
   *
   * @param caller who makes a call, as its socket or credentials prove; asked within the call's
   *     {@link io.grpc.Context}
   */
  BindableService of(Supplier<Peer> caller);

  /** The workload is gone for good. */
  default void gone(WorkloadIdentity identity) {}
}

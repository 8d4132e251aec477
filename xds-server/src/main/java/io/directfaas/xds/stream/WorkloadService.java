package io.directfaas.xds.stream;

import io.directfaas.xds.WorkloadIdentity;
import io.grpc.BindableService;

/** A service beside ADS that is offered to each workload under the identity it has proven. */
@FunctionalInterface
public interface WorkloadService {
  /** The service as this workload meets it. */
  BindableService of(WorkloadIdentity identity);

  /** The workload is gone for good. */
  default void gone(WorkloadIdentity identity) {}
}

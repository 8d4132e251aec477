package io.directfaas.sdn.pipeline;

/** One concern of the pipeline. */
interface Feature {
  void contribute(FabricView view, FlowSink flows);
}

package io.directfaas.graph.load;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import java.util.List;
import java.util.stream.Collectors;

/** Between the domain and its messages. */
final class LoadWire {
  private LoadWire() {}

  static io.directfaas.graph.v1.LoadReport toProto(
      String reporter, long sequence, LoadReport report) {
    io.directfaas.graph.v1.LoadReport.Builder message =
        io.directfaas.graph.v1.LoadReport.newBuilder().setReporter(reporter).setSequence(sequence);
    report.calls().forEach(calls -> message.addCalls(toProto(calls)));
    report.loads().forEach(load -> message.addLoads(toProto(load)));
    report.busy().forEach(function -> message.addBusy(toProto(function)));
    return message.build();
  }

  /**
   * @throws IllegalArgumentException if a count has not the buckets of this version
   */
  static LoadReport fromProto(io.directfaas.graph.v1.LoadReport message) {
    return new LoadReport(
        message.getCallsList().stream().map(LoadWire::fromProto).toList(),
        message.getLoadsList().stream().map(LoadWire::fromProto).toList(),
        message.getBusyList().stream().map(LoadWire::fromProto).collect(Collectors.toSet()));
  }

  private static io.directfaas.graph.v1.SourceCalls toProto(SourceCalls calls) {
    io.directfaas.graph.v1.SourceCalls.Builder message =
        io.directfaas.graph.v1.SourceCalls.newBuilder()
            .setReplica(calls.source().replica())
            .setLife(calls.source().life());
    calls.functions().forEach(function -> message.addFunctions(toProto(function)));
    return message.build();
  }

  private static SourceCalls fromProto(io.directfaas.graph.v1.SourceCalls message) {
    return new SourceCalls(
        new SourceCalls.Source(message.getReplica(), message.getLife()),
        message.getFunctionsList().stream().map(LoadWire::fromProto).toList());
  }

  private static io.directfaas.graph.v1.FunctionCalls toProto(FunctionCalls calls) {
    io.directfaas.graph.v1.FunctionCalls.Builder message =
        io.directfaas.graph.v1.FunctionCalls.newBuilder()
            .setFunction(toProto(calls.function()))
            .setStarted(calls.started());
    for (EndedCalls ended : calls.ended()) {
      message.addEnded(
          io.directfaas.graph.v1.EndedCalls.newBuilder()
              .setCode(ended.code())
              .setCount(ended.count())
              .setSeconds(ended.seconds())
              .addAllBuckets(ended.buckets()));
    }
    return message.build();
  }

  private static FunctionCalls fromProto(io.directfaas.graph.v1.FunctionCalls message) {
    List<EndedCalls> ended =
        message.getEndedList().stream()
            .map(
                calls ->
                    new EndedCalls(
                        calls.getCode(),
                        calls.getCount(),
                        calls.getSeconds(),
                        calls.getBucketsList()))
            .toList();
    return new FunctionCalls(fromProto(message.getFunction()), message.getStarted(), ended);
  }

  private static io.directfaas.graph.v1.EdgeLoad toProto(EdgeLoad load) {
    return io.directfaas.graph.v1.EdgeLoad.newBuilder()
        .setCaller(toProto(load.edge().caller()))
        .setCallee(toProto(load.edge().callee()))
        .setCallsPerSecond(load.callsPerSecond())
        .setFailuresPerSecond(load.failuresPerSecond())
        .setInFlight(load.inFlight())
        .build();
  }

  private static EdgeLoad fromProto(io.directfaas.graph.v1.EdgeLoad message) {
    return new EdgeLoad(
        new Edge.Key(fromProto(message.getCaller()), fromProto(message.getCallee())),
        message.getCallsPerSecond(),
        message.getFailuresPerSecond(),
        message.getInFlight());
  }

  private static io.directfaas.graph.v1.FunctionRef toProto(FunctionRef ref) {
    return io.directfaas.graph.v1.FunctionRef.newBuilder()
        .setNamespace(ref.namespace())
        .setName(ref.name())
        .build();
  }

  private static FunctionRef fromProto(io.directfaas.graph.v1.FunctionRef message) {
    return new FunctionRef(message.getNamespace(), message.getName());
  }
}

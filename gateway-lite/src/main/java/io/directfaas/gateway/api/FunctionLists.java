package io.directfaas.gateway.api;

import io.directfaas.gateway.function.FunctionStatus;
import io.directfaas.gateway.function.InvocationCounts;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.graph.FunctionRef;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What is deployed in a namespace, as JSON. It is asked for again and again and changes little: a
 * function is written anew only when something of it changed, and only its count of calls, which
 * changes all the time, is put in per answer. An answer is never put together in memory: a few of a
 * thousand functions would fill a small heap's young generation, and every pause for it is the wait
 * of some caller. Memory is bounded by the functions there are.
 */
final class FunctionLists {
  private static final byte[] COUNT = ",\"invocationCount\":".getBytes(StandardCharsets.US_ASCII);

  private final InvocationCounts invocations;
  private final ConcurrentMap<String, Page> pages = new ConcurrentHashMap<>();

  FunctionLists(InvocationCounts invocations) {
    this.invocations = invocations;
  }

  /**
   * One namespace, as it was asked for last.
   *
   * @param functions in order
   * @param refs their names
   * @param objects each one's JSON up to where the count stands, its last value
   * @param bytes of all objects
   */
  private record Page(
      List<DeployedFunction> functions, List<FunctionRef> refs, List<byte[]> objects, int bytes) {
    static final Page EMPTY = new Page(List.of(), List.of(), List.of(), 0);
  }

  /** A JSON array of FunctionStatus objects, in order of names, as of one moment. */
  static final class Answer {
    private final Page page;
    private final long[] counts;

    private Answer(Page page, long[] counts) {
      this.page = page;
      this.counts = counts;
    }

    /** In bytes. */
    long length() {
      int functions = counts.length;
      long brackets = 2;
      long braces = functions;
      long commas = Math.max(0, functions - 1);
      long digits = Arrays.stream(counts).map(Decimal::length).sum();
      return brackets + braces + commas + digits + page.bytes;
    }

    void writeTo(OutputStream out) throws IOException {
      Decimal decimal = new Decimal();
      out.write('[');
      for (int i = 0; i < counts.length; i++) {
        if (i > 0) {
          out.write(',');
        }
        out.write(page.objects.get(i));
        decimal.write(counts[i], out);
        out.write('}');
      }
      out.write(']');
    }
  }

  Answer of(GraphState state, String namespace) {
    Page page = page(state, namespace);
    return new Answer(page, invocations.of(page.refs));
  }

  private Page page(GraphState state, String namespace) {
    List<DeployedFunction> functions = state.functionsOf(namespace);
    Page before = pages.getOrDefault(namespace, Page.EMPTY);
    if (before.functions == functions) {
      return before;
    }
    Page now = renew(before, functions);
    pages.put(namespace, now);
    pages.keySet().removeIf(name -> state.namespace(name).isEmpty());
    return now;
  }

  private static Page renew(Page before, List<DeployedFunction> functions) {
    Map<FunctionRef, Integer> places = new HashMap<>();
    for (int i = 0; i < before.refs.size(); i++) {
      places.put(before.refs.get(i), i);
    }
    List<byte[]> objects = new ArrayList<>(functions.size());
    int bytes = 0;
    for (DeployedFunction function : functions) {
      Integer place = places.get(function.ref());
      byte[] object =
          place != null && before.functions.get(place).equals(function)
              ? before.objects.get(place)
              : upToCount(function);
      objects.add(object);
      bytes += object.length;
    }
    return new Page(
        functions, functions.stream().map(DeployedFunction::ref).toList(), objects, bytes);
  }

  private static byte[] upToCount(DeployedFunction function) {
    byte[] json =
        Json.MAPPER.writeValueAsBytes(
            new FunctionStatus(
                    function.spec(),
                    function.replicas(),
                    function.ready(),
                    function.createdAt(),
                    OptionalLong.empty())
                .json());
    int withoutBrace = json.length - 1;
    byte[] object = Arrays.copyOf(json, withoutBrace + COUNT.length);
    System.arraycopy(COUNT, 0, object, withoutBrace, COUNT.length);
    return object;
  }
}

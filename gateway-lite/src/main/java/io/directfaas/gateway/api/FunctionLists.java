package io.directfaas.gateway.api;

import io.directfaas.gateway.function.FunctionStatus;
import io.directfaas.gateway.function.InvocationCounts;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.graph.FunctionRef;
import java.io.ByteArrayOutputStream;
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
 * changes all the time, is put in per answer. Memory is bounded by the functions there are.
 */
final class FunctionLists {
  private static final int FOR_A_COUNT = 64;

  private final InvocationCounts invocations;
  private final ConcurrentMap<String, Page> pages = new ConcurrentHashMap<>();

  FunctionLists(InvocationCounts invocations) {
    this.invocations = invocations;
  }

  /**
   * One namespace, as it was asked for last.
   *
   * @param functions in order
   * @param objects each one's JSON but for the count and the closing brace
   * @param bytes of all objects
   */
  private record Page(List<DeployedFunction> functions, List<byte[]> objects, int bytes) {
    static final Page EMPTY = new Page(List.of(), List.of(), 0);
  }

  /** A JSON array of the namespace's FunctionStatus objects, in order of names. */
  byte[] json(GraphState state, String namespace) {
    Page page = page(state, namespace);
    int size = page.functions.size();
    ByteArrayOutputStream out = new ByteArrayOutputStream(page.bytes + size * FOR_A_COUNT + 2);
    out.write('[');
    for (int i = 0; i < size; i++) {
      if (i > 0) {
        out.write(',');
      }
      out.writeBytes(page.objects.get(i));
      OptionalLong count = invocations.of(page.functions.get(i).ref());
      if (count.isPresent()) {
        out.writeBytes(
            (",\"invocationCount\":" + count.getAsLong()).getBytes(StandardCharsets.US_ASCII));
      }
      out.write('}');
    }
    out.write(']');
    return out.toByteArray();
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
    for (int i = 0; i < before.functions.size(); i++) {
      places.put(before.functions.get(i).ref(), i);
    }
    List<byte[]> objects = new ArrayList<>(functions.size());
    int bytes = 0;
    for (DeployedFunction function : functions) {
      Integer place = places.get(function.ref());
      byte[] object =
          place != null && before.functions.get(place).equals(function)
              ? before.objects.get(place)
              : open(function);
      objects.add(object);
      bytes += object.length;
    }
    return new Page(functions, objects, bytes);
  }

  /** Without its closing brace. */
  private static byte[] open(DeployedFunction function) {
    byte[] json =
        Json.MAPPER.writeValueAsBytes(
            new FunctionStatus(
                    function.spec(),
                    function.replicas(),
                    function.ready(),
                    function.createdAt(),
                    OptionalLong.empty())
                .json());
    return Arrays.copyOf(json, json.length - 1);
  }
}

package io.directfaas.gateway.api;

import io.directfaas.gateway.function.FunctionStatus;
import io.directfaas.gateway.function.InvocationCounts;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.graph.FunctionRef;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
  /** Ends the object before, if there is one. */
  private static final byte[] BETWEEN = "},".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] COUNT = ",\"invocationCount\":".getBytes(StandardCharsets.US_ASCII);

  private final InvocationCounts invocations;
  private final ConcurrentMap<String, Page> pages = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Counted> counted = new ConcurrentHashMap<>();

  FunctionLists(InvocationCounts invocations) {
    this.invocations = invocations;
  }

  /**
   * One namespace, as it was asked for last.
   *
   * @param functions in order
   * @param refs their names
   * @param objects {@link #BETWEEN}, and each one's JSON up to where the count stands, its last
   *     value
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
      long brackets = 2;
      long lastBrace = counts.length == 0 ? 0 : 1;
      long notBetween = counts.length == 0 ? 0 : BETWEEN.length;
      long digits = 0;
      for (long count : counts) {
        digits += Decimal.length(count);
      }
      return brackets + lastBrace + digits + page.bytes - notBetween;
    }

    void writeTo(OutputStream out) throws IOException {
      Decimal decimal = new Decimal();
      out.write('[');
      for (int i = 0; i < counts.length; i++) {
        byte[] object = page.objects.get(i);
        int from = i == 0 ? BETWEEN.length : 0;
        out.write(object, from, object.length - from);
        decimal.write(counts[i], out);
      }
      if (counts.length > 0) {
        out.write('}');
      }
      out.write(']');
    }
  }

  /** An answer, and the version of the counts in it. */
  private record Counted(Answer answer, long version) {}

  Answer of(GraphState state, String namespace) {
    Page page = page(state, namespace);
    // Before the counts: they may be newer than it, which costs another look, but not older.
    long version = invocations.version();
    Counted last = counted.get(namespace);
    if (last != null && last.version == version && last.answer.page == page) {
      return last.answer;
    }
    Answer answer = new Answer(page, invocations.of(page.refs));
    if (page.refs.isEmpty()) {
      counted.remove(namespace);
    } else {
      counted.put(namespace, new Counted(answer, version));
    }
    return answer;
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
    counted.keySet().removeIf(name -> state.namespace(name).isEmpty());
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
    ByteBuffer object = ByteBuffer.allocate(BETWEEN.length + withoutBrace + COUNT.length);
    return object.put(BETWEEN).put(json, 0, withoutBrace).put(COUNT).array();
  }
}

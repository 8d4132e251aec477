package io.directfaas.standalone.node.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.gateway.provider.LogLine;
import io.directfaas.gateway.provider.LogQuery;
import io.directfaas.gateway.provider.LogSource.Lines;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.process.BoundedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FunctionLogsTest {
  private static final FunctionRef F = new FunctionRef("acme", "f");
  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration PATIENT = Duration.ofSeconds(30);

  @TempDir Path run;
  private final List<String> replicas = new CopyOnWriteArrayList<>();
  private Layout layout;
  private FunctionLogs logs;

  @BeforeEach
  void start() throws IOException {
    layout = new Layout("df", run, run);
    Files.createDirectories(layout.replicasDir());
    logs = new FunctionLogs(layout, function -> function.equals(F) ? replicas : List.of());
    logs.start();
  }

  @AfterEach
  void stop() {
    logs.close();
  }

  @Test
  void theTailOfEveryReplicaIsReadAndThenItEnds() throws Exception {
    write("f-1", "a\nb\nc\n");
    write("f-2", "d\r\ne without end");
    assertThat(texts(query(null, 2, null, false)))
        .containsExactlyInAnyOrder("b", "c", "d", "e without end");
    assertThat(texts(query("f-2", 1, null, false))).containsExactly("e without end");
    assertThat(texts(query("f-1", -1, null, false))).containsExactly("a", "b", "c");
    assertThat(texts(query("f-3", -1, null, false))).isEmpty();
  }

  @Test
  void aLogOfManyChunksIsReadWholeAndItsTailFound() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      text.append("line ").append(i).append('\n');
    }
    write("f-1", text.toString());
    assertThat(texts(query(null, -1, null, false))).hasSize(30_000).endsWith("line 29999");
    assertThat(texts(query(null, 20_000, null, false))).hasSize(20_000).startsWith("line 10000");
  }

  @Test
  void linesHaveTheTimeTheyCameAtAndSinceLeavesOutEarlierOnes() throws Exception {
    write("f-1", "early\n");
    await().until(() -> !logs.open(query(null, -1, null, false)).next(SOON).isEmpty());
    Thread.sleep(20);
    Instant between = Instant.now();
    Thread.sleep(20);
    write("f-1", "late\n");
    assertThat(texts(query(null, -1, between, false))).containsExactly("late");
    assertThat(texts(query(null, -1, null, false))).containsExactly("early", "late");
  }

  @Test
  void aFollowerGetsWhatComesAlsoOfNewReplicasAndAfterACut() throws Exception {
    write("f-1", "old\n");
    try (Lines lines = logs.open(query(null, 1, null, true))) {
      assertThat(take(lines, 1)).containsExactly("old");
      assertThat(lines.next(SOON)).isEmpty();
      write("f-1", "half a l");
      assertThat(lines.next(SOON)).isEmpty();
      write("f-1", "ine\n");
      assertThat(take(lines, 1)).containsExactly("half a line");
      write("f-2", "of another\n");
      assertThat(take(lines, 1)).containsExactly("of another");

      for (int i = 0; i < 11; i++) {
        write("f-1", ("x".repeat(99_999) + "\n"));
        assertThat(String.join("", take(lines, 1))).startsWith("xxx");
      }
      drain(lines);
      BoundedLog.trim(layout.functionLog("f-1"));
      assertThat(drain(lines)).isEmpty();
      write("f-1", "after the cut\n");
      assertThat(take(lines, 1)).containsExactly("after the cut");
      assertThat(lines.ended()).isFalse();
    }
  }

  private List<String> drain(Lines lines) throws Exception {
    List<String> all = new ArrayList<>();
    for (List<LogLine> next = lines.next(SOON); !next.isEmpty(); next = lines.next(SOON)) {
      next.forEach(line -> all.add(line.text()));
    }
    return all;
  }

  private List<String> texts(LogQuery query) throws Exception {
    List<String> texts = new ArrayList<>();
    try (Lines lines = logs.open(query)) {
      while (!lines.ended()) {
        lines.next(PATIENT).forEach(line -> texts.add(line.text()));
      }
    }
    return texts;
  }

  private static List<String> take(Lines lines, int count) throws Exception {
    List<String> texts = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENT.toNanos();
    while (texts.size() < count && System.nanoTime() < deadline) {
      lines.next(PATIENT).forEach(line -> texts.add(line.text()));
    }
    return texts;
  }

  private static LogQuery query(
      @Nullable String instance, int tail, @Nullable Instant since, boolean follow) {
    return new LogQuery(F, instance, tail, since, follow);
  }

  private void write(String replica, String text) throws IOException {
    Files.createDirectories(layout.replicaDir(replica));
    Files.writeString(
        layout.functionLog(replica), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (!replicas.contains(replica)) {
      replicas.add(replica);
    }
  }
}

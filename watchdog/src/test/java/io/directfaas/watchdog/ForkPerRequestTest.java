package io.directfaas.watchdog;

import static io.directfaas.watchdog.RunningWatchdog.script;
import static io.directfaas.watchdog.RunningWatchdog.text;
import static io.directfaas.watchdog.RunningWatchdog.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ForkPerRequestTest {
  @TempDir Path temporary;

  @Test
  void theBodyIsStdinAndStdoutIsTheAnswer() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "tr a-z A-Z")) {
      HttpResponse<byte[]> answer = function.post("/", "hello".getBytes(StandardCharsets.UTF_8));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(text(answer)).isEqualTo("HELLO");
      assertThat(answer.headers().firstValue("X-Duration-Seconds").orElseThrow())
          .matches("\\d+\\.\\d{6}");
      assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    }
  }

  @Test
  void theRequestIsDescribedInTheEnvironment() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "env")) {
      HttpRequest request =
          function
              .request("/a%20b/c?q=1&r=%20")
              .header("x-forwarded-by", "me")
              .header("x-many", "first")
              .header("x-many", "second")
              .header("Proxy", "http://evil")
              .PUT(HttpRequest.BodyPublishers.ofString("12345"))
              .build();
      assertThat(text(function.send(request)).lines())
          .contains(
              "Http_Method=PUT",
              "Http_Path=/a b/c",
              "Http_Query=q=1&r=%20",
              "Http_Host=127.0.0.1:" + function.port(),
              "Http_ContentLength=5",
              "Http_Content_Length=5",
              "Http_X_Forwarded_By=me",
              "Http_X_Many=first")
          .noneMatch(line -> line.startsWith("Http_Proxy"));
      assertThat(text(function.get("/")).lines())
          .contains("Http_Method=GET", "Http_ContentLength=0", "Http_Path=/")
          .noneMatch(line -> line.startsWith("Http_Query"));
    }
  }

  @Test
  void aChunkedBodyHasNoLengthToTell() throws Exception {
    try (var function = RunningWatchdog.start(temporary, script(temporary, "env; echo; cat"))) {
      HttpRequest request =
          function
              .request("/")
              .POST(
                  HttpRequest.BodyPublishers.ofInputStream(
                      () -> new ByteArrayInputStream("in chunks".getBytes(StandardCharsets.UTF_8))))
              .build();
      assertThat(text(function.send(request)).lines())
          .contains("Http_ContentLength=-1", "Http_Transfer_Encoding=chunked", "in chunks");
    }
  }

  @Test
  void cgiHeadersCanBeSwitchedOff() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "env", "cgi_headers", "false")) {
      assertThat(text(function.get("/?q=1"))).doesNotContain("Http_");
    }
  }

  @Test
  void theAnswersTypeIsThatOfTheRequestUnlessOneIsSet() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        var fixed = RunningWatchdog.start(temporary, "cat", "content_type", "image/png")) {
      for (RunningWatchdog one : List.of(function, fixed)) {
        HttpRequest request =
            one.request("/")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        assertThat(one.send(request).headers().firstValue("Content-Type"))
            .contains(one == function ? "application/json" : "image/png");
      }
    }
  }

  @Test
  void aNonZeroExitIsAnErrorThatKeepsTheOutput() throws Exception {
    String failing = script(temporary, "echo out; echo err >&2; exit 3");
    try (var function = RunningWatchdog.start(temporary, failing);
        var stdoutOnly = RunningWatchdog.start(temporary, failing, "combine_output", "false")) {
      HttpResponse<byte[]> answer = function.get("/");
      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(text(answer)).isEqualTo("exit status 3\nout\nerr\n");
      assertThat(text(stdoutOnly.get("/"))).isEqualTo("exit status 3\nout\n");
    }
  }

  @Test
  void aProgramThatIsNotThereIsAnError() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "/no/such/program")) {
      HttpResponse<byte[]> answer = function.post("/", new byte[100_000]);
      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(text(answer)).contains("/no/such/program");
    }
  }

  @Test
  void aCallKeepsItsId() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat")) {
      HttpRequest request = function.request("/").header("X-Call-Id", "c-1").build();
      assertThat(function.send(request).headers().firstValue("X-Call-Id")).contains("c-1");
      assertThat(function.get("/").headers().firstValue("X-Call-Id")).isEmpty();
    }
  }

  @Test
  void largeBodiesPassThroughWhole() throws Exception {
    byte[] body = random(24 * 1024 * 1024);
    try (var function = RunningWatchdog.start(temporary, "cat")) {
      assertThat(function.post("/", body).body()).isEqualTo(body);
    }
    assertThat(Files.list(temporary)).as("nothing is left behind").isEmpty();
  }

  @Test
  void manyLargeBodiesAtOncePassThroughWhole() throws Exception {
    byte[] body = random(5 * 1024 * 1024);
    try (var function = RunningWatchdog.start(temporary, "cat");
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<byte[]>> calls = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        calls.add(() -> function.post("/", body).body());
      }
      for (Future<byte[]> answer : clients.invokeAll(calls)) {
        assertThat(answer.get()).isEqualTo(body);
      }
    }
  }

  @Test
  void aProcessThatDoesNotReadItsInputAnswersAllTheSame() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "echo done")) {
      byte[] body = random(8 * 1024 * 1024);
      for (int i = 0; i < 5; i++) {
        HttpResponse<byte[]> answer = function.post("/", body);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(text(answer)).isEqualTo("done\n");
      }
    }
  }

  @Test
  void aProcessThatClosesItsOutputEarlyIsWaitedFor() throws Exception {
    Path mark = temporary.resolve("mark");
    String slow = script(temporary, "echo early; exec >&- 2>&-; sleep 0.3; touch " + mark);
    try (var function = RunningWatchdog.start(temporary, slow)) {
      assertThat(text(function.get("/"))).isEqualTo("early\n");
      assertThat(mark).exists();
    }
  }

  @Test
  void aProcessThatTakesTooLongIsKilledWithItsChildren() throws Exception {
    Path pids = temporary.resolve("pids");
    String slow =
        script(temporary, "sleep 300 & echo $! >" + pids + "; echo $$ >>" + pids + "; wait");
    try (var function = RunningWatchdog.start(temporary, slow, "exec_timeout", "500ms")) {
      HttpResponse<byte[]> answer = function.get("/");
      assertThat(answer.statusCode()).isEqualTo(408);
      assertThat(text(answer)).isEqualTo("Killed process.\n");
      awaitDead(pids);
    }
  }

  @Test
  void aCallerMayShortenTheTimeoutButNotLengthenIt() throws Exception {
    try (var patient = RunningWatchdog.start(temporary, "sleep 300");
        var strict = RunningWatchdog.start(temporary, "sleep 300", "exec_timeout", "300ms")) {
      assertThat(patient.send(patient.request("/").header("X-Timeout", "300ms").build()))
          .returns(408, HttpResponse::statusCode);
      assertThat(strict.send(strict.request("/").header("X-Timeout", "1h").build()))
          .returns(408, HttpResponse::statusCode);
    }
  }

  @Test
  void aClientThatLeavesTakesItsProcessAlong() throws Exception {
    Path pids = temporary.resolve("pids");
    String slow =
        script(temporary, "cat; sleep 300 & echo $! >" + pids + "; echo $$ >>" + pids + "; wait");
    try (var function = RunningWatchdog.start(temporary, slow)) {
      try (Socket client = function.connect()) {
        write(client, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 4\r\n\r\nbody");
        await().until(() -> Files.exists(pids) && Files.readAllLines(pids).size() == 2);
      }
      awaitDead(pids);
      await().untilAsserted(() -> assertThat(function.metrics()).contains("in_flight 0\n"));
      assertThat(function.metrics())
          .contains("http_requests_total{code=\"499\",method=\"post\"} 1\n");
    }
  }

  @Test
  void aClientThatLeavesInTheMiddleOfItsBodyTakesItsProcessAlong() throws Exception {
    Path pids = temporary.resolve("pids");
    Path whole = temporary.resolve("whole");
    String reader = script(temporary, "echo $$ >" + pids + "; cat >/dev/null; touch " + whole);
    try (var function = RunningWatchdog.start(temporary, reader)) {
      try (Socket client = function.connect()) {
        write(client, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 400\r\n\r\nbody");
        await().until(() -> Files.exists(pids) && Files.readAllLines(pids).size() == 1);
      }
      awaitDead(pids);
    }
    assertThat(whole).as("half a body is no body").doesNotExist();
  }

  private static void awaitDead(Path pids) {
    await()
        .untilAsserted(
            () -> {
              for (String pid : Files.readAllLines(pids)) {
                assertThat(alive(pid)).as("process %s", pid).isFalse();
              }
            });
  }

  private static boolean alive(String pid) {
    try {
      // An orphan may stay a zombie where nobody reaps.
      return !Files.readString(Path.of("/proc", pid, "stat")).contains(") Z ");
    } catch (java.io.IOException gone) {
      return false;
    }
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }
}

package io.directfaas.standalone.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CannedServer;
import io.directfaas.standalone.cli.CannedServer.Reply;
import io.directfaas.standalone.cli.CannedServer.Request;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.RecordedTerminal;
import io.directfaas.standalone.cli.client.Gateway;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.cli.deploy.StackFile.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeployerTest {
  private static final Duration PLENTY = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final RecordedTerminal recorded = new RecordedTerminal();

  @Test
  void a_new_function_is_put_then_posted_and_its_namespace_made_first() throws IOException {
    Path handler = Files.createDirectory(folder.resolve("handler"));
    Files.writeString(handler.resolve("h.py"), "x");
    CodeBundle bundle = CodeBundle.read(handler);
    try (CannedServer server = new CannedServer(emptyGateway())) {
      long revision = deployer(server).deploy(file(entry("f", handler, Map.of())), Duration.ZERO);

      assertThat(revision).isEqualTo(7);
      assertThat(writes(server))
          .extracting(Request::line)
          .containsExactly(
              "POST /system/namespace/", "PUT /system/functions", "POST /system/functions");
      assertThat(writes(server).getLast().body())
          .contains("\"service\":\"f\"", "\"directfaas.io/code\":\"" + bundle.sha256() + "\"");
      assertThat(folder.resolve("code").resolve(bundle.sha256()).resolve("h.py")).exists();
      assertThat(recorded.out()).contains("Created the namespace acme.", "Deployed acme/f.");
    }
  }

  @Test
  void nothing_is_written_when_one_of_several_functions_is_wrong() throws IOException {
    try (CannedServer server = new CannedServer(emptyGateway())) {
      StackFile file =
          file(
              entry("good", null, Map.of()),
              entry("bad", null, Map.of("directfaas.io/public", "perhaps")));
      assertThatThrownBy(() -> deployer(server).deploy(file, Duration.ZERO))
          .isInstanceOf(CommandFailed.class)
          .hasMessageContaining("functions.bad")
          .hasMessageContaining("directfaas.io/public")
          .hasMessageContaining("'perhaps'");
      assertThat(writes(server)).isEmpty();
    }
  }

  @Test
  void a_refusal_is_passed_on_with_the_functions_name() throws IOException {
    try (CannedServer server =
        new CannedServer(
            request ->
                request.method().equals("PUT")
                    ? Reply.of(400, "image: not known here\n")
                    : emptyGateway().apply(request))) {
      assertThatThrownBy(
              () -> deployer(server).deploy(file(entry("f", null, Map.of())), Duration.ZERO))
          .hasMessage("acme/f was refused (400): image: not known here");
    }
  }

  @Test
  void an_update_is_done_when_no_replica_of_before_is_left_and_the_revision_is_live()
      throws IOException {
    AtomicInteger polls = new AtomicInteger();
    AtomicInteger updates = new AtomicInteger();
    Function<Request, Reply> rolling =
        request -> {
          if (request.method().equals("PUT")) {
            updates.incrementAndGet();
            return Reply.of(202, "");
          }
          return switch (request.path().split("\\?", 2)[0]) {
            case "/system/namespaces" -> Reply.of(200, "[\"acme\"]");
            case "/system/function/f" -> status(updates.get() == 0 ? "old" : "new");
            case "/system/graph" -> {
              boolean before = updates.get() == 0 || polls.incrementAndGet() < 3;
              yield graph(before ? "f-old" : "f-new");
            }
            case "/system/revisions/9" ->
                Reply.of(200, "{\"live\":" + (polls.incrementAndGet() > 6) + ",\"waitingFor\":[]}");
            default -> Reply.of(404, "");
          };
        };
    try (CannedServer server = new CannedServer(rolling)) {
      deployer(server).deploy(file(entry("f", null, Map.of())), PLENTY);
      assertThat(polls.get()).isGreaterThan(6);
      assertThat(recorded.out()).contains("Updated acme/f.");
    }
  }

  @Test
  void what_is_not_ready_in_time_is_named() throws IOException {
    try (CannedServer server =
        new CannedServer(
            request ->
                switch (request.path().split("\\?", 2)[0]) {
                  case "/system/namespaces" -> Reply.of(200, "[\"acme\"]");
                  case "/system/function/f" ->
                      Reply.of(200, "{\"name\":\"f\",\"replicas\":2,\"availableReplicas\":1}");
                  case "/system/graph" -> graph("f-1");
                  default -> Reply.of(202, "");
                })) {
      assertThatThrownBy(
              () -> deployer(server).deploy(file(entry("f", null, Map.of())), Duration.ofMillis(1)))
          .isInstanceOf(CommandFailed.class)
          .hasMessage("not ready in time: acme/f has 1 of 2 replicas");
    }
  }

  private static Function<Request, Reply> emptyGateway() {
    return request ->
        switch (request.line()) {
          case "GET /system/namespaces" -> Reply.of(200, "[\"openfaas-fn\"]");
          case "POST /system/namespace/" -> Reply.of(201, "");
          case "POST /system/functions" -> new Reply(202, "", Map.of("X-Graph-Revision", "7"));
          default -> Reply.of(404, "");
        };
  }

  private static Reply status(String process) {
    return Reply.of(
        200,
        "{\"name\":\"f\",\"envProcess\":\"%s\",\"replicas\":1,\"availableReplicas\":1}"
            .formatted(process));
  }

  private static Reply graph(String replica) {
    return Reply.of(
        200,
        "{\"revision\":9,\"functions\":[{\"name\":\"f\",\"namespace\":\"acme\",\"replicas\":[{\"id\":\"%s\"}]}],\"edges\":[]}"
            .formatted(replica));
  }

  private static List<Request> writes(CannedServer server) {
    return server.requests().stream().filter(r -> !r.method().equals("GET")).toList();
  }

  private Deployer deployer(CannedServer server) {
    return new Deployer(
        new Gateway(new HttpCaller("gateway-lite", server.uri(), "Basic x")),
        new CodeStore(folder.resolve("code")),
        recorded.terminal());
  }

  private static StackFile file(Entry... entries) {
    return new StackFile(List.of(entries));
  }

  private static Entry entry(String name, @Nullable Path handler, Map<String, String> annotations) {
    return new Entry(
        new FunctionRef("acme", name),
        "local/http",
        handler,
        null,
        null,
        null,
        annotations,
        null,
        null,
        null,
        null,
        false);
  }
}

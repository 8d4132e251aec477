package io.directfaas.gateway.api;

import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.gateway.provider.FunctionProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Health, versions, the entrance, and what this version does not do. */
@RestController
final class SystemApi {
  private final FunctionProvider provider;
  private final BuildInfo build;

  private final GraphOwner owner;
  private final Instant startedAt = Instant.now();

  SystemApi(FunctionProvider provider, BuildInfo build, GraphOwner owner) {
    this.provider = provider;
    this.build = build;
    this.owner = owner;
  }

  @GetMapping("/healthz")
  ResponseEntity<byte[]> health() {
    return ResponseEntity.ok()
        .header(HttpHeaders.CONTENT_TYPE, "text/plain")
        .body(new byte[] {'O', 'K'});
  }

  @GetMapping("/system/info")
  ResponseEntity<byte[]> info() {
    Map<String, String> version = Map.of("sha", build.sha(), "release", build.release());
    return Answers.json(
        Map.of(
            "provider",
            Map.of("provider", provider.name(), "orchestration", "directfaas", "version", version),
            "version",
            Map.of(
                "sha",
                build.sha(),
                "release",
                build.release(),
                "commit_message",
                "DirectFaaS " + build.release()),
            "arch",
            architecture()));
  }

  /** What this installation holds, in numbers; nothing of it leaves the machine by itself. */
  @GetMapping("/system/telemetry")
  ResponseEntity<byte[]> telemetry() {
    GraphState state = owner.state();
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("provider", provider.name());
    numbers.put("release", build.release());
    numbers.put("uptimeSeconds", Duration.between(startedAt, Instant.now()).toSeconds());
    numbers.put("revision", state.graph().revision());
    numbers.put("namespaces", state.namespaceNames().size());
    numbers.put("functions", state.functions().size());
    numbers.put("replicas", state.graph().replicas().size());
    numbers.put("edges", state.graph().edges().size());
    return Answers.json(numbers);
  }

  @GetMapping("/")
  ResponseEntity<byte[]> root() {
    return redirectToUi();
  }

  @GetMapping("/ui")
  ResponseEntity<byte[]> ui() {
    return redirectToUi();
  }

  @RequestMapping({"/function/**", "/async-function/**"})
  ResponseEntity<byte[]> call() {
    return Answers.line(
        HttpStatus.NOT_IMPLEMENTED,
        "path: calls do not pass gateway-lite; send them to the ingress");
  }

  @RequestMapping({"/system/chains", "/system/chain/{name}"})
  ResponseEntity<byte[]> chains() {
    return notAvailable("chains");
  }

  private static ResponseEntity<byte[]> notAvailable(String what) {
    return Answers.line(
        HttpStatus.NOT_IMPLEMENTED, "path: this version of gateway-lite has no " + what);
  }

  private static ResponseEntity<byte[]> redirectToUi() {
    return ResponseEntity.status(HttpStatus.TEMPORARY_REDIRECT)
        .header(HttpHeaders.LOCATION, "/ui/")
        .build();
  }

  /** As uname -m says it, which is what clients of this API expect. */
  private static String architecture() {
    String arch = System.getProperty("os.arch", "unknown");
    return arch.equals("amd64") ? "x86_64" : arch;
  }
}

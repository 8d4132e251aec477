package io.directfaas.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** gateway-lite in a JVM of its own, so that it can be killed. */
final class GatewayProcess {
  private GatewayProcess() {}

  static Process start(Path stateDir, int port) throws IOException {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                GatewayLiteApplication.class.getName(),
                "--directfaas.gateway.state-dir=" + stateDir,
                "--directfaas.gateway.http-port=" + port,
                "--directfaas.gateway.metrics-port=0",
                "--directfaas.gateway.grpc-port=0",
                "--directfaas.gateway.expect="))
        .redirectErrorStream(true)
        .redirectOutput(stateDir.resolve("log").toFile())
        .start();
  }
}

package io.directfaas.standalone.stack;

import io.directfaas.standalone.config.StackArguments;
import io.directfaas.standalone.config.StackConfig;
import java.io.IOException;
import java.util.List;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The stack's process. SIGTERM ends the whole stack; a kill leaves switch, sidecars and functions
 * running, and the next start takes them over.
 */
public final class StackMain {
  private StackMain() {}

  /**
   * @param arguments as {@link StackArguments} writes them
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    // Three contexts would each set up logging for the whole JVM; logback.xml does it once.
    System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
    // Tomcat logs by java.util.logging.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    StackConfig config;
    RunFiles files;
    try {
      config = StackArguments.parse(List.of(arguments));
      files = RunFiles.claim(config.runDir());
    } catch (IllegalArgumentException | IOException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    try {
      Stack stack = new Stack(config, files);
      Runtime.getRuntime().addShutdownHook(new Thread(stack::stop, "stop"));
      try {
        stack.start();
      } catch (IOException | IllegalStateException e) {
        files.failed(sentence(e));
        stack.abandon();
        System.exit(1);
      }
    } catch (IOException e) {
      files.failed(sentence(e));
      System.exit(1);
    }
    // The services' threads are daemons; this one keeps the process.
    Thread.currentThread().join();
  }

  private static String sentence(Exception e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message.lines().findFirst().orElse(message);
  }
}

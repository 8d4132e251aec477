package io.directfaas.queue;

import java.io.IOException;

/** The worker as a process. A kill loses nothing: what was accepted is made by the next one. */
public final class QueueWorkerMain {
  private QueueWorkerMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    try {
      QueueWorker worker = QueueWorker.start(QueueConfig.parse(arguments));
      Thread.currentThread().join();
      worker.close();
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("queue-worker: " + e.getMessage());
      System.exit(1);
    }
  }
}

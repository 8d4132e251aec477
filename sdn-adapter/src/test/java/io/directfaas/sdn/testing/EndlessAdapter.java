package io.directfaas.sdn.testing;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Replica;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/**
 * A process that carries one large random change after the other, until it is killed. Arguments:
 * the instance's directory, a seed.
 */
public final class EndlessAdapter {
  private static final int FUNCTIONS = 60;

  private EndlessAdapter() {}

  public static void main(String[] args) throws Exception {
    Random random = new Random(Long.parseLong(args[1]));
    try (Adapter adapter =
        new Adapter(
            Path.of(args[0], OvsInstance.BRIDGE + ".mgmt"),
            Path.of(args[0], "db.sock"),
            Adapter.audits(Duration.ofSeconds(30)))) {
      GraphFixture graphs = functions("endless");
      for (int i = 0; ; i++) {
        Graph next = edit(graphs, random).next();
        adapter.carry(next);
        System.out.println("carried " + i);
      }
    }
  }

  /** Functions without edges; only the first has a port, and that is enough to have drop flows. */
  public static GraphFixture functions(String graphId) {
    GraphFixture fixture = new GraphFixture(graphId).tenant("acme");
    for (int f = 0; f < FUNCTIONS; f++) {
      fixture.function("acme/f" + f).replica(replica(f));
    }
    return fixture;
  }

  public static Replica replica(int function) {
    return GraphFixture.replica("acme/f" + function, "r" + function, function + 2);
  }

  /** Adds and removes about half of all possible edges. */
  public static GraphFixture edit(GraphFixture fixture, Random random) {
    for (int from = 0; from < FUNCTIONS; from++) {
      for (int to = 0; to < FUNCTIONS; to++) {
        int dice = random.nextInt(4);
        if (dice == 0) {
          fixture.edge("acme/f" + from, "acme/f" + to);
        } else if (dice == 1) {
          fixture.withoutEdge("acme/f" + from, "acme/f" + to);
        }
      }
    }
    return fixture;
  }
}

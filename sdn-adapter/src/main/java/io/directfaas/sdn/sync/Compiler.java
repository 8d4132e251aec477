package io.directfaas.sdn.sync;

import io.directfaas.graph.Graph;
import io.directfaas.sdn.pipeline.Compiled;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Site;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles what a target wants of one switch, each graph out of one compiled before it. Remembers
 * per graph, since a graph is asked for until it is retired. For one thread.
 */
final class Compiler {
  private static final Logger log = LoggerFactory.getLogger(Compiler.class);

  private final Step step;
  private List<Compiled> known = List.of();

  /** How a graph is compiled out of one before it. */
  interface Step {
    Compiled compile(Graph graph, Site site, Compiled before);
  }

  Compiler() {
    this(Pipeline::compile);
  }

  Compiler(Step step) {
    this.step = step;
  }

  WantedFlows compile(Target target, Site site) {
    List<Compiled> compiled = new ArrayList<>();
    for (Graph graph : target.graphs().oldestFirst()) {
      compiled.add(compile(graph, site, compiled));
    }
    known = List.copyOf(compiled);
    return WantedFlows.of(compiled, target.grants());
  }

  private Compiled compile(Graph graph, Site site, List<Compiled> justNow) {
    List<Compiled> all = new ArrayList<>(justNow);
    all.addAll(known);
    for (Compiled before : all) {
      if (before.graph() == graph && before.site().equals(site)) {
        return before;
      }
    }
    for (Compiled before : all) {
      if (graph.knownDeltaFrom(before.graph()).isPresent()) {
        return change(graph, site, before);
      }
    }
    return Pipeline.compile(graph, site);
  }

  private Compiled change(Graph graph, Site site, Compiled before) {
    try {
      return step.compile(graph, site, before);
    } catch (RuntimeException e) {
      log.error("what has changed could not be compiled alone; compiling everything", e);
      return Pipeline.compile(graph, site);
    }
  }

  /**
   * Compiles everything from nothing and compares: what is wanted must not depend on how one got
   * there. If it does, what was compiled before is forgotten.
   *
   * @return how many graphs' flows were not what they should be
   */
  int verify(Target target, Site site) {
    int wrong = 0;
    List<Compiled> right = new ArrayList<>();
    for (Graph graph : target.graphs().oldestFirst()) {
      Compiled whole = Pipeline.compile(graph, site);
      Compiled before = compile(graph, site, List.of());
      boolean same = before.graph() == graph && whole.wantsTheSameAs(before);
      right.add(same ? before : whole);
      wrong += same ? 0 : 1;
    }
    known = List.copyOf(right);
    if (wrong > 0) {
      log.error("{} of {} graph(s) were not compiled as they should be", wrong, known.size());
    }
    return wrong;
  }
}

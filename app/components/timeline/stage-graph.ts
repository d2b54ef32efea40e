import type { StageSummary } from "#contract/build-events.ts";
import type { BuildState } from "../build/build-state.ts";

/** A stage as it is drawn. */
export interface StageNode {
  stage: StageSummary;
  state: "waiting" | "running" | "done" | "cached" | "failed" | "skipped";
  steps: number;
  /** ms of all its steps */
  durationMs: number;
  column: number;
  row: number;
}

export interface StageEdge {
  from: StageNode;
  to: StageNode;
  hows: StageSummary["uses"][number]["how"][];
}

export interface StageGraph {
  nodes: StageNode[];
  edges: StageEdge[];
  columns: number;
  rows: number;
}

/** The stages of a build in columns, each to the right of all that it needs, in the order of the Dockerfile. */
export function stageGraph(build: BuildState): StageGraph {
  const columns = new Map<string, number>();
  const used: number[] = [];
  const nodes = build.stages.map((stage): StageNode => {
    const column = Math.max(0, ...stage.uses.map((use) => (columns.get(use.stage) ?? -1) + 1));
    columns.set(stage.name, column);
    const row = used[column] ?? 0;
    used[column] = row + 1;
    const steps = build.steps.filter(({ vertex }) => vertex.stage === stage.name);
    const durationMs = steps.reduce((sum, step) => sum + (step.durationMs ?? 0), 0);
    return { stage, state: stateOf(stage, steps), steps: steps.length, durationMs, column, row };
  });
  const edges = nodes.flatMap((to) => {
    const sources = new Set(to.stage.uses.map((use) => use.stage));
    return [...sources].flatMap((name) => {
      const from = nodes.find((node) => node.stage.name === name);
      const hows = to.stage.uses.filter((use) => use.stage === name).map(({ how }) => how);
      return from === undefined ? [] : [{ from, to, hows }];
    });
  });
  return { nodes, edges, columns: used.length, rows: Math.max(0, ...used) };
}

function stateOf({ skipped }: StageSummary, steps: BuildState["steps"]): StageNode["state"] {
  if (skipped) return "skipped";
  const states = new Set(steps.map((step) => step.state));
  if (states.has("failed")) return "failed";
  if (states.has("running")) return "running";
  if (states.has("waiting") || states.has("unreached") || states.has("cancelled")) return "waiting";
  const worked = steps.filter((step) => step.vertex.inputs.length > 0 && step.reason?.kind !== "not-cacheable");
  return worked.length > 0 && worked.every((step) => step.state === "cached") ? "cached" : "done";
}

"use client";
import type { ReactNode } from "react";
import { duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { StateIcon } from "../build/build-steps.tsx";
import type { StageEdge, StageGraph, StageNode } from "./stage-graph.ts";

const text = messages.buildView.timeline;
/** px */
const node = { width: 148, height: 52 };
const gap = { x: 76, y: 14 };

const looks: Record<StageNode["state"], string> = {
  waiting: "border-line-strong",
  running: "border-accent shadow-[inset_4px_0_0_var(--accent)]",
  done: "border-good shadow-[inset_4px_0_0_var(--good)]",
  cached: "border-cached shadow-[inset_4px_0_0_var(--cached)]",
  failed: "border-bad shadow-[inset_4px_0_0_var(--bad)]",
  skipped: "border-dashed border-line-strong text-ink-faint",
};

interface StageGraphViewProps {
  graph: StageGraph;
  onPress: (node: StageNode) => void;
}

/** Which stage is begun from, copies from or mounts which: arrows lead to where the files go. */
export function StageGraphView({ graph, onPress }: StageGraphViewProps): ReactNode {
  const width = graph.columns * (node.width + gap.x) - gap.x;
  const height = graph.rows * (node.height + gap.y) - gap.y;
  return (
    <section aria-label={text.graph} className="border-b border-line px-3 py-2" data-testid="stage-graph">
      <h3 className="pb-1.5 text-xs font-medium">{text.graph}</h3>
      <div className="overflow-x-auto p-0.5">
        <div className="relative" style={{ width, height }}>
          <svg aria-hidden="true" width={width} height={height} className="absolute inset-0">
            <defs>
              <marker
                id="stage-arrow"
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="7"
                markerHeight="7"
                orient="auto"
              >
                <path d="M0 0.5L7.5 4L0 7.5z" fill="var(--ink-faint)" />
              </marker>
            </defs>
            {/* What is said of them over all of them: they cross. */}
            {[EdgeLine, EdgeText].map((Part) =>
              graph.edges.map((edge) => <Part key={`${edge.from.stage.name} ${edge.to.stage.name}`} edge={edge} />),
            )}
          </svg>
          {graph.nodes.map((each) => (
            <Stage key={`${each.column} ${each.row}`} node={each} edges={graph.edges} onPress={() => onPress(each)} />
          ))}
        </div>
      </div>
    </section>
  );
}

const leftOf = ({ column }: StageNode): number => column * (node.width + gap.x);
const topOf = ({ row }: StageNode): number => row * (node.height + gap.y);

/** From the right side of one stage to the left side of another. */
function endsOf({ from, to }: StageEdge): { x1: number; y1: number; x2: number; y2: number } {
  return {
    x1: leftOf(from) + node.width,
    y1: topOf(from) + node.height / 2,
    x2: leftOf(to) - 1,
    y2: topOf(to) + node.height / 2,
  };
}

function EdgeLine({ edge }: { edge: StageEdge }): ReactNode {
  const { x1, y1, x2, y2 } = endsOf(edge);
  const bend = Math.max(28, (x2 - x1) / 2);
  return (
    <path
      d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
      fill="none"
      stroke="var(--ink-faint)"
      strokeWidth="1.3"
      strokeDasharray={edge.hows.includes("base") ? undefined : "4 3"}
      markerEnd="url(#stage-arrow)"
    />
  );
}

function EdgeText({ edge }: { edge: StageEdge }): ReactNode {
  const { x1, y1, x2, y2 } = endsOf(edge);
  return (
    <text
      x={(x1 + x2) / 2}
      y={(y1 + y2) / 2 - 5}
      textAnchor="middle"
      fontSize="9.5"
      // Read where lines pass beneath it.
      stroke="var(--panel)"
      strokeWidth="4"
      paintOrder="stroke"
      className="fill-ink-soft"
    >
      {howText(edge.hows)}
    </text>
  );
}

function howText(hows: StageEdge["hows"]): string {
  return hows.map((how) => text.how[how]).join(", ");
}

interface StageProps {
  node: StageNode;
  edges: StageEdge[];
  onPress: () => void;
}

function Stage({ node: each, edges, onPress }: StageProps): ReactNode {
  const { stage, state, steps, durationMs } = each;
  const sources = edges
    .filter(({ to }) => to === each)
    .map(({ from, hows }) => text.takes({ how: howText(hows), stage: from.stage.name }));
  const detail =
    state === "skipped"
      ? text.skipped
      : `${text.steps({ count: steps })}, ${durationMs > 0 ? duration(durationMs) : text.states[state]}`;
  return (
    <button
      type="button"
      onClick={onPress}
      data-state={state}
      className={`absolute rounded-lg border bg-panel py-1 pr-1 pl-2.5 text-left hover:bg-raised ${looks[state]}`}
      style={{ left: leftOf(each), top: topOf(each), width: node.width, height: node.height }}
    >
      <span className="flex items-center gap-1 pr-0.5 text-xs leading-4 font-semibold">
        <span className="min-w-0 flex-1 truncate">{stage.name}</span>
        <StateIcon state={state === "skipped" ? "unreached" : state} />
      </span>{" "}
      <span className="block truncate font-mono text-[0.625rem] leading-3.5 text-ink-soft">FROM {stage.base}</span>{" "}
      <span className="block truncate text-[0.625rem] leading-3.5 text-ink-soft">{detail}</span>
      <span className="sr-only">{[text.states[state], ...sources].join(", ")}</span>
    </button>
  );
}

"use client";
import type { KeyboardEvent, ReactNode } from "react";
import { duration } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import type { StageEdge, StageGraph, StageNode } from "./stage-graph.ts";

const text = messages.buildView.timeline;
const node = { width: 148, height: 50 };
const gap = { x: 76, y: 14 };

const looks: Record<StageNode["state"], string> = {
  waiting: "var(--ink-faint)",
  running: "var(--accent)",
  done: "var(--good)",
  cached: "var(--cached)",
  failed: "var(--bad)",
  skipped: "var(--ink-faint)",
};

interface StageGraphViewProps {
  graph: StageGraph;
  onPress: (node: StageNode) => void;
}

/** Which stage is begun from, copies from or mounts which: arrows lead to where the files go. */
export function StageGraphView({ graph, onPress }: StageGraphViewProps): ReactNode {
  const width = graph.columns * (node.width + gap.x) - gap.x + 4;
  const height = graph.rows * (node.height + gap.y) - gap.y + 4;
  return (
    <figure className="overflow-x-auto border-b border-line px-3 py-2" data-testid="stage-graph">
      <figcaption className="pb-1 text-xs font-medium">{text.graph}</figcaption>
      <svg width={width} height={height} viewBox={`-2 -2 ${width} ${height}`} role="group" aria-label={text.graph}>
        <defs>
          <marker id="stage-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0.500L7.500 4L0 7.500z" fill="var(--ink-faint)" />
          </marker>
        </defs>
        {graph.edges.map((edge) => (
          <Edge key={`${edge.from.stage.name} ${edge.to.stage.name}`} edge={edge} />
        ))}
        {graph.nodes.map((each) => (
          <Stage key={`${each.column} ${each.row}`} node={each} edges={graph.edges} onPress={() => onPress(each)} />
        ))}
      </svg>
    </figure>
  );
}

const leftOf = ({ column }: StageNode): number => column * (node.width + gap.x);
const topOf = ({ row }: StageNode): number => row * (node.height + gap.y);

function Edge({ edge: { from, to, hows } }: { edge: StageEdge }): ReactNode {
  const x1 = leftOf(from) + node.width;
  const y1 = topOf(from) + node.height / 2;
  const x2 = leftOf(to) - 1;
  const y2 = topOf(to) + node.height / 2;
  const bend = Math.max(28, (x2 - x1) / 2);
  const label = hows.map((how) => text.how[how]).join(", ");
  return (
    <g aria-hidden="true">
      <path
        d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
        fill="none"
        stroke="var(--ink-faint)"
        strokeWidth="1.300"
        strokeDasharray={hows.includes("base") ? undefined : "4 3"}
        markerEnd="url(#stage-arrow)"
      />
      <text x={(x1 + x2) / 2} y={(y1 + y2) / 2 - 5} textAnchor="middle" fontSize="9.500" className="fill-ink-soft">
        {label}
      </text>
    </g>
  );
}

function Stage({
  node: each,
  edges,
  onPress,
}: {
  node: StageNode;
  edges: StageEdge[];
  onPress: () => void;
}): ReactNode {
  const { stage, state, steps, durationMs } = each;
  const sources = edges
    .filter(({ to }) => to === each)
    .map(({ from, hows }) => text.takes(hows.map((how) => text.how[how]).join(", "), from.stage.name));
  const detail =
    state === "skipped"
      ? text.skipped
      : `${text.steps(steps)}, ${durationMs > 0 ? duration(durationMs) : text.states[state]}`;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onPress();
  };
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={[text.stage(stage.name), text.states[state], text.steps(steps), ...sources].join(", ")}
      transform={`translate(${leftOf(each)} ${topOf(each)})`}
      className="map-tile cursor-pointer"
      onClick={onPress}
      onKeyDown={onKeyDown}
      data-state={state}
    >
      <g aria-hidden="true">
        <rect
          width={node.width}
          height={node.height}
          rx="7"
          fill="var(--panel)"
          stroke={looks[state]}
          strokeWidth="1.500"
          strokeDasharray={state === "skipped" ? "4 3" : undefined}
        />
        <rect width="4" height={node.height} rx="2" fill={looks[state]} opacity={state === "skipped" ? 0.4 : 1} />
        <text
          x="12"
          y="16"
          fontSize="11.500"
          fontWeight="600"
          className={state === "skipped" ? "fill-ink-faint" : "fill-ink"}
        >
          {cut(stage.name, 20)}
        </text>
        <text x="12" y="29" fontSize="9.500" className="fill-ink-soft font-mono">
          {cut(`FROM ${stage.base}`, 23)}
        </text>
        <text x="12" y="42" fontSize="9.500" className="fill-ink-soft">
          {detail}
        </text>
      </g>
    </g>
  );
}

function cut(name: string, letters: number): string {
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}

import type { KeyboardEvent, ReactNode } from "react";
import type { NetworkPicture, PicturedContainer, PicturedNetwork } from "#contract/network-picture.ts";
import { messages } from "../../lib/messages.ts";
import { drawnNetworks, reachedFrom } from "./reach.ts";

const words = messages.running;

const width = 460;
const box = { width: 160, height: 46, gap: 14 };
const left = 8;
const right = width - box.width - left;

interface NetworkDrawingProps {
  picture: NetworkPicture;
  selected: string | undefined;
  onSelect: (container: string | undefined) => void;
}

/** Containers at the left, networks at the right, a line for each place that a container has on a network. */
export function NetworkDrawing({ picture, selected, onSelect }: NetworkDrawingProps): ReactNode {
  const networks = drawnNetworks(picture);
  const { containers } = picture;
  const rows = Math.max(networks.length, containers.length, 1);
  const height = rows * (box.height + box.gap) + box.gap;
  const chosen = containers.find(({ id }) => id === selected);
  const reached = chosen === undefined ? [] : reachedFrom(picture, chosen).map(({ container }) => container.id);
  const isLit = (id: string): boolean => chosen === undefined || id === chosen.id || reached.includes(id);
  const onNetwork = (id: string): boolean =>
    chosen === undefined || chosen.places.some(({ network }) => network === id);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={words.networks.drawing}
      className="mx-auto block w-full max-w-2xl text-ink"
      data-testid="network-drawing"
    >
      {containers.flatMap((container, row) =>
        container.places.map(({ network, address }, place) => {
          const other = networks.findIndex(({ id }) => id === network);
          return other < 0 ? null : (
            <Line
              key={`${container.id}-${network}`}
              from={middleOf(row, containers.length, height)}
              to={middleOf(other, networks.length, height)}
              address={address}
              place={place}
              lit={isLit(container.id) && onNetwork(network)}
              running={container.running}
            />
          );
        }),
      )}
      {networks.map((network, row) => (
        <NetworkBox
          key={network.id}
          network={network}
          y={topOf(row, networks.length, height)}
          lit={onNetwork(network.id)}
        />
      ))}
      {containers.map((container, row) => (
        <ContainerBox
          key={container.id}
          container={container}
          y={topOf(row, containers.length, height)}
          lit={isLit(container.id)}
          selected={container.id === selected}
          onSelect={() => onSelect(container.id === selected ? undefined : container.id)}
        />
      ))}
    </svg>
  );
}

/** Boxes of a column stand evenly. */
function topOf(row: number, count: number, height: number): number {
  const space = height / count;
  return space * row + (space - box.height) / 2;
}

function middleOf(row: number, count: number, height: number): number {
  return topOf(row, count, height) + box.height / 2;
}

interface LineProps {
  from: number;
  to: number;
  address: string;
  /** which of its container's, from 0 */
  place: number;
  lit: boolean;
  running: boolean;
}

function Line({ from, to, address, place, lit, running }: LineProps): ReactNode {
  const [start, end] = [left + box.width, right];
  const half = (start + end) / 2;
  return (
    <g opacity={lit ? 1 : 0.25} aria-hidden="true">
      <path
        d={`M${start} ${from}C${half} ${from} ${half} ${to} ${end} ${to}`}
        fill="none"
        className={running ? "stroke-accent" : "stroke-line-strong"}
        strokeWidth={1.5}
        strokeDasharray={running ? undefined : "3 3"}
      />
      {address !== "" && (
        <text
          x={start + 6}
          y={from - 5 + place * 12}
          className="fill-ink-soft font-mono text-[9px]"
          stroke="var(--panel)"
          strokeWidth={3}
          paintOrder="stroke"
        >
          {address}
        </text>
      )}
    </g>
  );
}

function NetworkBox({ network, y, lit }: { network: PicturedNetwork; y: number; lit: boolean }): ReactNode {
  return (
    <g transform={`translate(${right} ${y})`} opacity={lit ? 1 : 0.4}>
      <rect width={box.width} height={box.height} rx={23} className="fill-cached-wash stroke-cached" strokeWidth={1} />
      <text x={box.width / 2} y={20} textAnchor="middle" className="fill-ink text-[12px] font-medium">
        {cut(network.name, 20)}
      </text>
      <text x={box.width / 2} y={34} textAnchor="middle" className="fill-ink-soft font-mono text-[9px]">
        {network.subnets[0] ?? network.driver}
        {network.internal ? ` · ${words.networks.internal}` : ""}
      </text>
    </g>
  );
}

interface ContainerBoxProps {
  container: PicturedContainer;
  y: number;
  lit: boolean;
  selected: boolean;
  onSelect: () => void;
}

function ContainerBox({ container, y, lit, selected, onSelect }: ContainerBoxProps): ReactNode {
  const ports = [
    ...new Set(container.published.map((each) => words.published({ port: each.port, inside: each.containerPort }))),
  ];
  const state = container.running ? words.networks.running : words.networks.stopped;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onSelect();
  };
  // What is written is beside the button, not in it: its name has all of it, and the button is beneath.
  return (
    <g transform={`translate(${left} ${y})`} opacity={lit ? 1 : 0.4}>
      <g
        role="button"
        tabIndex={0}
        aria-pressed={selected}
        aria-label={[container.name, state, ...ports].join(", ")}
        onClick={onSelect}
        onKeyDown={onKeyDown}
        className="group cursor-pointer outline-none"
      >
        <rect
          width={box.width}
          height={box.height}
          rx={7}
          strokeWidth={selected ? 2 : 1}
          className={`fill-panel group-focus-visible:stroke-accent group-focus-visible:[stroke-width:3] ${selected ? "stroke-accent" : "stroke-line-strong"}`}
        />
        <circle cx={14} cy={16} r={4} className={container.running ? "fill-good" : "fill-ink-faint"} />
      </g>
      <g aria-hidden="true" className="pointer-events-none">
        <text x={24} y={20} className="fill-ink text-[12px] font-medium">
          {cut(container.name, 19)}
        </text>
        <text x={14} y={36} className="fill-ink-soft font-mono text-[9px]">
          {cut(container.workstation ? words.networks.here : ports.join("  ") || state, 28)}
        </text>
      </g>
    </g>
  );
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

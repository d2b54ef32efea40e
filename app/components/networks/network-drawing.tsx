import type { KeyboardEvent, ReactNode } from "react";
import type { NetworkPicture, PicturedContainer, PicturedNetwork } from "#contract/network-picture.ts";
import { messages } from "../../lib/messages.ts";
import { drawnContainers, drawnNetworks, reachedFrom } from "./reach.ts";

const words = messages.running;

const width = 460;
const box = { width: 150, height: 46, gap: 16 };
const left = 8;
const right = width - box.width - left;
/** Between the lines that leave one container. */
const spread = 13;
/** Where on its line an address stands, in parts of the way: in front of what other lines cross. */
const labelAt = 0.24;

interface NetworkDrawingProps {
  picture: NetworkPicture;
  selected: string | undefined;
  onSelect: (container: string | undefined) => void;
}

/** Containers at the left, networks at the right, a line for each place that a container has on a network. */
export function NetworkDrawing({ picture, selected, onSelect }: NetworkDrawingProps): ReactNode {
  const networks = drawnNetworks(picture);
  const containers = drawnContainers(picture, networks);
  const rows = Math.max(networks.length, containers.length, 1);
  const height = rows * (box.height + box.gap) + box.gap;
  const chosen = containers.find(({ id }) => id === selected);
  const reached = chosen === undefined ? [] : reachedFrom(picture, chosen).map(({ container }) => container.id);
  const isLit = (id: string): boolean => chosen === undefined || id === chosen.id || reached.includes(id);
  const onNetwork = (id: string): boolean =>
    chosen === undefined || chosen.places.some(({ network }) => network === id);
  const lines = linesOf(containers, networks, height).map((line) => ({
    ...line,
    lit: isLit(line.container) && onNetwork(line.network),
  }));
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={words.networks.drawing}
      className="mx-auto block w-full max-w-2xl text-ink"
      data-testid="network-drawing"
    >
      {lines.map((line) => (
        <path
          key={line.id}
          d={pathOf(line)}
          fill="none"
          opacity={line.lit ? 1 : 0.25}
          className={line.running ? "stroke-accent" : "stroke-line-strong"}
          strokeWidth={1.5}
          strokeDasharray={line.running ? undefined : "3 3"}
          aria-hidden="true"
        />
      ))}
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
      {/* Above all lines: an address is read, whatever crosses it. */}
      {lines.map((line) => (
        <Address key={line.id} {...line} />
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

/** A place of a container on a network. */
interface Line {
  id: string;
  container: string;
  network: string;
  address: string;
  running: boolean;
  /** y of both ends */
  from: number;
  to: number;
}

/** The lines of one container leave it one above the other, in the order of the networks: they do not cross there. */
function linesOf(
  containers: readonly PicturedContainer[],
  networks: readonly PicturedNetwork[],
  height: number,
): Line[] {
  return containers.flatMap(({ id, places, running }, row) => {
    const drawn = places
      .map((place) => ({ ...place, at: networks.findIndex((network) => network.id === place.network) }))
      .filter(({ at }) => at >= 0)
      .toSorted((one, two) => one.at - two.at);
    return drawn.map(({ network, address, at }, index) => ({
      id: `${id}-${network}`,
      container: id,
      network,
      address,
      running,
      from: middleOf(row, containers.length, height) + (index - (drawn.length - 1) / 2) * spread,
      to: middleOf(at, networks.length, height),
    }));
  });
}

function pathOf({ from, to }: Line): string {
  const [start, end] = [left + box.width, right];
  const half = (start + end) / 2;
  return `M${start} ${from}C${half} ${from} ${half} ${to} ${end} ${to}`;
}

function Address({ from, to, address, lit }: Line & { lit: boolean }): ReactNode {
  if (address === "") return null;
  // The point of the curve there (a cubic Bézier whose middle points are half way).
  const t = labelAt;
  const x = left + box.width + (right - left - box.width) * (1.5 * t * (1 - t) + t ** 3);
  const y = from + (to - from) * (3 * t ** 2 - 2 * t ** 3);
  const length = address.length * 5.45 + 6;
  return (
    <g opacity={lit ? 1 : 0.25} aria-hidden="true" transform={`translate(${x} ${y})`}>
      <rect x={-length / 2} y={-6} width={length} height={12} rx={3} className="fill-panel" />
      <text textAnchor="middle" y={3.2} className="fill-ink-soft font-mono text-[9px]">
        {address}
      </text>
    </g>
  );
}

function NetworkBox({ network, y, lit }: { network: PicturedNetwork; y: number; lit: boolean }): ReactNode {
  return (
    <g transform={`translate(${right} ${y})`} opacity={lit ? 1 : 0.4}>
      <rect width={box.width} height={box.height} rx={23} className="fill-cached-wash stroke-cached" strokeWidth={1} />
      <text x={box.width / 2} y={20} textAnchor="middle" className="fill-ink text-[12px] font-medium">
        {cut(network.name, 19)}
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
        {/* Hollow: it does not run. */}
        <circle cx={14} cy={16} r={4} className={container.running ? "fill-good" : "fill-none stroke-ink-faint"} />
      </g>
      <g aria-hidden="true" className="pointer-events-none">
        <text x={24} y={20} className="fill-ink text-[12px] font-medium">
          {cut(container.name, 17)}
        </text>
        <text x={14} y={36} className="fill-ink-soft font-mono text-[9px]">
          {cut(container.workstation ? words.networks.here : ports.join("  ") || state, 25)}
        </text>
      </g>
    </g>
  );
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

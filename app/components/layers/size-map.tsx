"use client";
import type { KeyboardEvent, ReactNode } from "react";
import type { DirectoryListing, TreeEntry } from "#contract/image-files.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { treemap } from "./treemap.ts";

const text = messages.buildView.layers;
const box = { width: 480, height: 150 };
/** Tiles that are drawn by themselves. */
const most = 30;

type Piece = Pick<TreeEntry, "name" | "size" | "kind" | "change"> & { rest?: number };

const fills = { added: "var(--good)", changed: "var(--warn)", deleted: "var(--bad)", none: "var(--accent)" } as const;

/** The sizes in one directory as areas. What a tile leads to is in the tree too. */
export function SizeMap({
  listing,
  onOpen,
}: {
  listing: DirectoryListing;
  onOpen: (path: string, entry?: TreeEntry) => void;
}): ReactNode {
  const sorted = listing.entries.toSorted((a, b) => b.size - a.size);
  const small = sorted.slice(most);
  const rest: Piece[] =
    small.length === 0
      ? []
      : [{ name: "", kind: "other", size: small.reduce((sum, each) => sum + each.size, 0), rest: small.length }];
  const tiles = treemap<Piece>([...sorted.slice(0, most), ...rest], (piece) => piece.size, box);
  const parent = listing.path.replace(/\/[^/]*$/, "") || "/";
  const pathOf = (name: string): string => (listing.path === "/" ? `/${name}` : `${listing.path}/${name}`);
  return (
    <figure className="border-t border-line px-3 py-2">
      <figcaption className="flex h-6 items-center gap-1 text-xs text-ink-soft">
        <span className="min-w-0 flex-1 truncate">
          {text.map(listing.path)}: {size(listing.size)}
        </span>
        {listing.path !== "/" && <IconButton icon="up" label={text.mapUp} onClick={() => onOpen(parent)} />}
      </figcaption>
      {tiles.length === 0 ? (
        <p className="text-xs text-ink-faint">{text.mapEmpty}</p>
      ) : (
        <svg
          viewBox={`0 0 ${box.width} ${box.height}`}
          className="w-full"
          role="group"
          aria-label={text.map(listing.path)}
          data-testid="size-map"
        >
          {tiles.map(({ item, ...place }) => {
            const entry = listing.entries.find((each) => each.name === item.name && item.rest === undefined);
            return (
              <MapTile
                key={item.name}
                piece={item}
                place={place}
                {...(entry === undefined ? {} : { onPress: () => onOpen(pathOf(item.name), entry) })}
              />
            );
          })}
        </svg>
      )}
    </figure>
  );
}

interface MapTileProps {
  piece: Piece;
  place: { x: number; y: number; width: number; height: number };
  onPress?: () => void;
}

function MapTile({ piece, place: { x, y, width, height }, onPress }: MapTileProps): ReactNode {
  const name = piece.rest === undefined ? piece.name : text.mapRest(piece.rest);
  const label = `${name}, ${size(piece.size)}${piece.change === undefined ? "" : `, ${text.change[piece.change]}`}`;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onPress?.();
  };
  const acts = onPress === undefined ? {} : { role: "button", tabIndex: 0, onClick: onPress, onKeyDown };
  return (
    <g
      aria-label={label}
      {...(onPress === undefined ? { role: "img" } : acts)}
      className={onPress ? "map-tile cursor-pointer" : ""}
    >
      <title>{label}</title>
      <rect
        x={x + 0.75}
        y={y + 0.75}
        width={Math.max(0.5, width - 1.5)}
        height={Math.max(0.5, height - 1.5)}
        rx="3"
        fill={fills[piece.change ?? "none"]}
        fillOpacity={piece.kind === "directory" ? 0.28 : 0.14}
        stroke={fills[piece.change ?? "none"]}
        strokeOpacity="0.45"
      />
      {width > 42 && height > 16 && (
        <text x={x + 6} y={y + 14} className="fill-ink font-mono" fontSize="9.5" aria-hidden="true">
          {fitted(name, width - 10)}
        </text>
      )}
      {width > 42 && height > 30 && (
        <text x={x + 6} y={y + 26} className="fill-ink-soft" fontSize="8.5" aria-hidden="true">
          {size(piece.size)}
        </text>
      )}
    </g>
  );
}

function fitted(name: string, width: number): string {
  const letters = Math.floor(width / 5.8);
  return name.length <= letters ? name : `${name.slice(0, Math.max(1, letters - 1))}…`;
}

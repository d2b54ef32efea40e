"use client";
import { useLayoutEffect, useRef, useState } from "react";
import type { ReactNode, RefObject } from "react";
import type { DirectoryListing, TreeEntry } from "#contract/image-files.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { changeLooks } from "./layer-tree.tsx";
import { type Tile, treemap } from "./treemap.ts";

const text = messages.buildView.layers;
/** Its height is so much of its width. */
const flatness = 150 / 480;
/** px, in both directions: what is smaller is hard to press (WCAG 2.2, 2.5.8), and has its row in the tree. */
const leastTarget = 24;
/** px, between two tiles */
const gap = 2;
/** Tiles that are drawn by themselves. */
const most = 30;

interface Piece {
  name: string;
  size: number;
  entry?: TreeEntry;
}

const looks = {
  added: "border-good bg-good-wash",
  changed: "border-warn bg-warn-wash",
  deleted: "border-bad bg-bad-wash",
  none: "border-line-strong bg-accent-wash",
} as const;

interface SizeMapProps {
  listing: DirectoryListing;
  onOpen: (path: string, entry?: TreeEntry) => void;
}

/** The sizes in one directory as areas. What a tile leads to is in the tree too. */
export function SizeMap({ listing, onOpen }: SizeMapProps): ReactNode {
  const pieces = piecesOf(listing);
  const drawing = useRef<HTMLDivElement>(null);
  const box = useBox(drawing);
  const tiles = treemap(pieces, (piece) => piece.size, box);
  // What is drawn: where only changes are listed, the directory itself has more.
  const drawn = pieces.reduce((sum, piece) => sum + piece.size, 0);
  const parent = listing.path.replace(/\/[^/]*$/, "") || "/";
  return (
    <section aria-label={text.map(listing)} className="border-t border-line px-3 py-2" data-testid="size-map">
      <div className="flex h-6 items-center gap-1 text-xs text-ink-soft">
        <p className="min-w-0 flex-1 truncate">
          {text.map(listing)}: {size(drawn)}
        </p>
        {listing.path !== "/" && <IconButton icon="up" label={text.mapUp} onClick={() => onOpen(parent)} />}
      </div>
      {tiles.length === 0 && <p className="text-xs text-ink-faint">{text.mapEmpty}</p>}
      <div ref={drawing} className="relative w-full" style={{ height: tiles.length === 0 ? 0 : box.height }}>
        {tiles.map((tile) => {
          const { entry } = tile.item;
          const path = listing.path === "/" ? `/${tile.item.name}` : `${listing.path}/${tile.item.name}`;
          return (
            <MapTile key={tile.item.name} tile={tile} {...(entry ? { onPress: () => onOpen(path, entry) } : {})} />
          );
        })}
      </div>
    </section>
  );
}

/** What there is to draw in, px: as wide as its element, whatever that comes to be. */
function useBox(element: RefObject<HTMLDivElement | null>): { width: number; height: number } {
  const [width, setWidth] = useState(480);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const measure = (): void => setWidth(current.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return { width, height: width * flatness };
}

/** The largest entries, and all others as one. */
function piecesOf({ entries }: DirectoryListing): Piece[] {
  const sorted = entries.toSorted((a, b) => b.size - a.size);
  const pieces = sorted.slice(0, most).map((entry): Piece => ({ name: entry.name, size: entry.size, entry }));
  const small = sorted.slice(most);
  if (small.length === 0) return pieces;
  return [
    ...pieces,
    { name: text.mapRest({ count: small.length }), size: small.reduce((sum, each) => sum + each.size, 0) },
  ];
}

function MapTile({ tile, onPress }: { tile: Tile<Piece>; onPress?: () => void }): ReactNode {
  const { item, x: left, y: top } = tile;
  const [width, height] = [tile.width, tile.height].map((side) => Math.max(0, side - gap)) as [number, number];
  const change = item.entry?.change;
  const look = {
    title: `${item.name} · ${size(item.size)}`,
    className: `absolute overflow-hidden rounded-[3px] border text-left text-2xs leading-tight ${looks[change ?? "none"]}`,
    style: { left, top, width, height },
  };
  const label = (
    <span className={`block px-1 pt-0.5 ${width > 34 && height > 12 ? "" : "sr-only"}`}>
      <span className="block truncate font-mono text-ink">
        {change && <span aria-hidden="true">{changeLooks[change].sign} </span>}
        {item.name}
      </span>{" "}
      <span className={`block truncate text-ink-soft ${height > 28 ? "" : "sr-only"}`}>{size(item.size)}</span>
      {change && <span className="sr-only">, {text.change[change]}</span>}
    </span>
  );
  if (onPress === undefined || Math.min(width, height) < leastTarget) return <div {...look}>{label}</div>;
  return (
    <button
      type="button"
      onClick={onPress}
      {...look}
      className={`${look.className} hover:brightness-95 dark:hover:brightness-125`}
    >
      {label}
    </button>
  );
}

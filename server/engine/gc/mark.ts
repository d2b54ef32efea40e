import type { Resource } from "../leases/leases.ts";
import type { Layer } from "../layers/layer-store.ts";
import type { SnapshotInfo } from "../snapshots/snapshotter.ts";

/** What is in use: ids by kind. */
export interface Marked {
  content: Set<string>;
  layer: Set<string>;
  snapshot: Set<string>;
}

/**
 * What the roots need: themselves, the layers that kept layers and snapshots are based on, and (by `blobOf`) the
 * compressed blobs that kept layers cannot be without.
 */
export function mark(
  roots: Iterable<Resource>,
  layers: readonly Layer[],
  snapshots: readonly SnapshotInfo[],
  blobOf: (layer: Layer) => string | undefined,
): Marked {
  const marked: Marked = { content: new Set(), layer: new Set(), snapshot: new Set() };
  for (const { kind, id } of roots) {
    marked[kind].add(id);
  }
  for (const { key, kind, parent } of snapshots) {
    if (kind !== "committed" && parent !== undefined && marked.snapshot.has(key)) {
      marked.layer.add(parent);
    }
  }
  const byId = new Map<string, Layer>(layers.map((layer) => [layer.id, layer]));
  for (const id of marked.layer) {
    // A set that grows while it is walked is walked to its new end.
    const layer = byId.get(id);
    if (layer?.parent !== undefined) {
      marked.layer.add(layer.parent);
    }
    const blob = layer === undefined ? undefined : blobOf(layer);
    if (blob !== undefined) {
      marked.content.add(blob);
    }
  }
  return marked;
}

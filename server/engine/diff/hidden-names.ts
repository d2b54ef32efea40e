import { lookUpPath, shownNames } from "./whiteouts.ts";

interface Level {
  path: string;
  /** sorted; what is below and not here, as far as it has not been told of */
  gone: string[];
}

/**
 * What opaque directories hide of the layers below, name by name: layers should have a whiteout for each rather than
 * an opaque mark (image-spec layer.md, Opaque Whiteout), which overlayfs also gives to directories that hide nothing.
 * Told in the order of a walk, so that the archive is the same whatever the snapshot was made with.
 */
export class HiddenNames {
  readonly #parents: readonly string[];
  /** the directories that are being walked and have something to hide, outermost first */
  readonly #levels: Level[] = [];

  /** @param parents directories of the layers below, topmost first */
  constructor(parents: readonly string[]) {
    this.#parents = parents;
  }

  /** Paths of what is hidden and comes before `path` in the walk; undefined: the walk has ended. */
  *before(path: string | undefined): Generator<string> {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      const inside = path?.startsWith(`${level.path}/`) === true;
      const rest = inside ? (path?.slice(level.path.length + 1) ?? "") : undefined;
      // Deeper within: all before the directory that leads there has been told.
      if (rest?.includes("/") === true) return;
      const first = level.gone.findIndex((name) => rest !== undefined && name >= rest);
      for (const name of level.gone.splice(0, first < 0 ? level.gone.length : first)) yield `${level.path}/${name}`;
      if (inside) return;
      this.#levels.pop();
    }
  }

  /**
   * In steps, between which the caller can pause.
   * @param names what the directory `path` itself has. What lies in an opaque directory is opaque as well
   */
  *enter(path: string, names: () => Generator<undefined, Set<string>>, isOpaque: boolean): Generator<undefined, void> {
    const outer = this.#levels.at(-1)?.path;
    if (!isOpaque && (outer === undefined || !path.startsWith(`${outer}/`))) return;
    const below = lookUpPath(this.#parents, path)?.directories ?? [];
    if (below.length === 0) return;
    const here = yield* names();
    const shown = yield* shownNames(below);
    // Without a comparison function, sorting is by code units, as in the walk.
    // oxlint-disable-next-line typescript/require-array-sort-compare
    const gone = [...shown.difference(here)].toSorted();
    this.#levels.push({ path, gone });
  }
}

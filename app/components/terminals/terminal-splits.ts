/** Terminals that are seen beside each other: groups of two to four, by their ids, each id in one group at most. */
export type Splits = readonly (readonly string[])[];

export const mostBeside = 4;

/** What is kept of the terminals from one load of the page to the next. */
export interface TerminalLayout {
  splits: Splits;
  active: string | undefined;
  /** by their ids: the commands that the page types into them */
  uses: Readonly<Record<string, string>>;
}

/** Those that are seen together with a terminal, itself among them, from left to right. */
export function besideOf(splits: Splits, id: string | undefined): readonly string[] {
  if (id === undefined) return [];
  return splits.find((group) => group.includes(id)) ?? [id];
}

/** With `fresh` to the right of `id`. */
export function splitBeside(splits: Splits, id: string, fresh: string): Splits {
  const group = besideOf(splits, id);
  const at = group.indexOf(id) + 1;
  return [...splits.filter((each) => each !== group), [...group.slice(0, at), fresh, ...group.slice(at)]];
}

/** With `id` where it was `before`, beside those of its group that are still there. */
export function splitAgain(splits: Splits, before: Splits, id: string, there: ReadonlySet<string>): Splits {
  const group = besideOf(before, id);
  const other = group.find((each) => each !== id && there.has(each));
  const now = besideOf(splits, other);
  if (other === undefined || now.length >= mostBeside) return splits;
  const right = group.slice(group.indexOf(id) + 1).find((each) => now.includes(each));
  const at = right === undefined ? now.length : now.indexOf(right);
  return [...splits.filter((each) => each !== now), now.toSpliced(at, 0, id)];
}

/** Without those that are gone; one that is left alone is no split any more. */
export function splitsOf(splits: Splits, there: ReadonlySet<string>): Splits {
  return splits.map((group) => group.filter((id) => there.has(id))).filter((group) => group.length > 1);
}

const key = (workspace: string): string => `drydock.terminals.${workspace}`;

export function readLayout(workspace: string): TerminalLayout {
  try {
    const { splits, active, uses } = JSON.parse(localStorage.getItem(key(workspace)) ?? "{}") as Record<
      string,
      unknown
    >;
    const isGroup = (group: unknown): group is string[] =>
      Array.isArray(group) && group.length <= mostBeside && group.every((id) => typeof id === "string");
    return {
      splits: Array.isArray(splits) ? splits.filter(isGroup) : [],
      active: typeof active === "string" ? active : undefined,
      uses: Object.fromEntries(Object.entries(uses ?? {}).filter(([, use]) => typeof use === "string")),
    };
  } catch {
    return { splits: [], active: undefined, uses: {} };
  }
}

/** Nothing is left in the browser's storage of a workspace with neither splits nor uses. */
export function keepLayout(workspace: string, layout: TerminalLayout): void {
  try {
    if (layout.splits.length === 0 && Object.keys(layout.uses).length === 0) localStorage.removeItem(key(workspace));
    else localStorage.setItem(key(workspace), JSON.stringify(layout));
  } catch {
    // Without storage it lasts as long as the page.
  }
}

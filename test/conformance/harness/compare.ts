import { withoutClientsWords } from "./client-words.ts";
import type { Answer } from "./normalise.ts";
import { type Difference, differencesOf, type Step } from "./session.ts";
import { skeleton, type Unifier } from "./unify.ts";

/**
 * What differs between dockerd's answer and ours, a line each; nothing when they are the same but for what the step and
 * `everywhere` allow.
 */
export function compare(
  step: Step,
  { dockerd, ours }: { dockerd: Answer; ours: Answer },
  everywhere: readonly Difference[],
  unifier: Unifier,
): string[] {
  const allowed = differencesOf(step);
  const expected = { ...dockerd };
  for (const { instead } of allowed) Object.assign(expected, instead);
  const all = [...everywhere, ...allowed];
  const values = all.flatMap((difference) => Object.entries(difference.values ?? {}).map(valuesOf));
  const same = (a: unknown, b: unknown, where: string) =>
    differences(without(a, all), without(b, all), { where, path: [], values, unifier });
  return [
    ...same(expected.status, ours.status, "status"),
    ...same(expected.stdout, ours.stdout, "stdout"),
    ...same(withoutClientsWords(expected.stderr), withoutClientsWords(ours.stderr), "stderr"),
  ];
}

/** Two values that a key may have, dockerd's and ours, as `show` has them. */
interface Values {
  path: string[];
  dockerd: string;
  drydock: string;
}

function valuesOf([key, [dockerd, drydock]]: [string, [unknown, unknown]]): Values {
  const shown = (value: unknown) => show(value === "absent" ? undefined : value);
  return { path: key.split("."), dockerd: shown(dockerd), drydock: shown(drydock) };
}

/** Where something is compared: for messages, and as a path of keys. */
interface Place {
  where: string;
  path: string[];
  values: readonly Values[];
  unifier: Unifier;
}

/** Takes out what need not be equal. */
function without(value: unknown, allowed: readonly Difference[]): unknown {
  if (typeof value === "string") {
    const patterns = allowed.flatMap(({ lines }) => lines ?? []).map((pattern) => new RegExp(pattern));
    const lines = value.split("\n");
    return lines.filter((line) => !patterns.some((pattern) => pattern.test(line))).join("\n");
  }
  const keys = allowed.flatMap((difference) => difference.keys ?? []).map((pattern) => pattern.split("."));
  return withoutKeys(value, [], keys);
}

function withoutKeys(value: unknown, path: string[], patterns: readonly string[][]): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutKeys(item, path, patterns));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const here = [...path, key];
      return patterns.some((pattern) => endsWith(here, pattern)) ? [] : [[key, withoutKeys(item, here, patterns)]];
    }),
  );
}

/** Whether a path of keys (places in lists do not count) ends as the pattern says; `*` is any one key without dots. */
function endsWith(keys: readonly string[], pattern: readonly string[]): boolean {
  const path = keys.flatMap((key) => key.split("."));
  const end = path.slice(-pattern.length);
  return end.length === pattern.length && pattern.every((name, index) => name === "*" || name === end[index]);
}

/** Every leaf that differs. */
function differences(dockerd: unknown, ours: unknown, place: Place): string[] {
  const { where, unifier } = place;
  if (Array.isArray(dockerd) && Array.isArray(ours)) {
    const sorted = (list: unknown[]) =>
      withoutOrder.test(where) || list.every(isChange) ? list.toSorted(byDestination) : list;
    return ofLists(sorted(dockerd), sorted(ours), place);
  }
  if (isObject(dockerd) && isObject(ours)) {
    const keys = new Set([...Object.keys(dockerd), ...Object.keys(ours)]);
    return [...keys].flatMap((key) => {
      const path = [...place.path, key];
      const may = place.values.some(
        (values) =>
          endsWith(path, values.path) && show(dockerd[key]) === values.dockerd && show(ours[key]) === values.drydock,
      );
      return may ? [] : differences(dockerd[key], ours[key], { ...place, where: `${where}.${key}`, path });
    });
  }
  if (typeof dockerd === "string" && typeof ours === "string") {
    const [theirs, own] = [dockerd.split("\n"), ours.split("\n")];
    if (theirs.length > 1 || own.length > 1) return ofLists(theirs, own, place);
    if (unifier.same(dockerd, ours)) return [];
  }
  if (dockerd === ours) return [];
  return [`${where}: dockerd ${show(dockerd)}\n${" ".repeat(where.length + 6)}drydock ${show(ours)}`];
}

function ofLists(dockerd: unknown[], ours: unknown[], place: Place): string[] {
  const { where } = place;
  if (dockerd.length === ours.length) {
    return dockerd.flatMap((item, index) => differences(item, ours[index], { ...place, where: `${where}[${index}]` }));
  }
  const edits = editScript(
    dockerd.map((item) => skeleton(show(item))),
    ours.map((item) => skeleton(show(item))),
  );
  return edits.map(([side, item]) => `${where}: only ${side} has ${item}`);
}

/** What one list has and the other lacks, after matching up as much as can be (longest common subsequence). */
function editScript(a: readonly string[], b: readonly string[]): ["dockerd" | "drydock", string][] {
  const lengths = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row !== undefined) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: ["dockerd" | "drydock", string][] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) edits.push(["dockerd", a[i++] ?? ""]);
    else edits.push(["drydock", b[j++] ?? ""]);
  }
  return edits;
}

/** One of a container's changes: dockerd lists them as the disk has them. */
function isChange(item: unknown): boolean {
  return isObject(item) && "Path" in item && "Kind" in item;
}

/** dockerd tells of mounts in another order each time; the CLI sends variables and binds so. */
const withoutOrder = /\.(?:Mounts|Env|Binds)$/;

function byDestination(a: unknown, b: unknown): number {
  const of = (item: unknown) =>
    isObject(item) ? String(item["Destination"] ?? item["Target"] ?? item["Path"]) : String(item);
  return of(a) < of(b) ? -1 : 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? "(nothing)" : JSON.stringify(value);
}

import type { Json } from "./json-tree.tsx";

/** What of a JSON value has `search` in a key or a value, with the way to it; undefined: nothing. */
export function filterJson(value: Json, search: string): Json | undefined {
  const wanted = search.trim().toLowerCase();
  return wanted === "" ? value : filtered(value, wanted);
}

function filtered(value: Json, wanted: string): Json | undefined {
  if (value === null || typeof value !== "object") {
    return String(value).toLowerCase().includes(wanted) ? value : undefined;
  }
  if (Array.isArray(value)) {
    const found = value.map((each) => filtered(each, wanted)).filter((each) => each !== undefined);
    return found.length === 0 ? undefined : found;
  }
  const found = Object.entries(value).flatMap(([key, each]): [string, Json][] => {
    const inside = key.toLowerCase().includes(wanted) ? each : filtered(each, wanted);
    return inside === undefined ? [] : [[key, inside]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

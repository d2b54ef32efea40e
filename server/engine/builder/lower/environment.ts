/** Of `NAME=value`. */
export function nameOf(entry: string): string {
  const equals = entry.indexOf("=");
  return equals < 0 ? entry : entry.slice(0, equals);
}

export function valueOf(entry: string): string {
  return entry.slice(nameOf(entry).length + 1);
}

/** An environment as ENV changes it: what has a name that is there takes its place, the rest follows. */
export function withEntries(environment: readonly string[], entries: readonly string[]): string[] {
  const changed = [...environment];
  const indexes = new Map(changed.map((entry, index) => [nameOf(entry), index]));
  for (const entry of entries) {
    const name = nameOf(entry);
    const index = indexes.get(name) ?? changed.length;
    changed[index] = entry;
    indexes.set(name, index);
  }
  return changed;
}

/** The newest end of a list that only grows: whoever keeps an end keeps what the list was then, without a copy. */
export interface Chain<T> {
  readonly before: Chain<T> | undefined;
  readonly item: T;
}

/** @returns the end of the list with `items` after it */
export function extended<T>(end: Chain<T> | undefined, items: Iterable<T>): Chain<T> | undefined {
  let last = end;
  for (const item of items) {
    last = { before: last, item };
  }
  return last;
}

/** What came after `start` (undefined: all), oldest first. */
export function itemsOf<T>(end: Chain<T> | undefined, start?: Chain<T>): T[] {
  const items: T[] = [];
  for (let at = end; at !== undefined && at !== start; at = at.before) {
    items.push(at.item);
  }
  return items.toReversed();
}

/** A rectangle for a share of a whole. */
export interface Tile<Item> {
  item: Item;
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk 2000): areas in proportion to `weight`, as near to squares as they get.
 * Items of no weight have no tile.
 */
export function treemap<Item>(
  items: readonly Item[],
  weight: (item: Item) => number,
  box: { width: number; height: number },
): Tile<Item>[] {
  const sorted = items.filter((item) => weight(item) > 0).toSorted((a, b) => weight(b) - weight(a));
  const total = sorted.reduce((sum, item) => sum + weight(item), 0);
  const scale = (box.width * box.height) / total;
  const tiles: Tile<Item>[] = [];
  let place = { x: 0, y: 0, width: box.width, height: box.height };
  let row: { item: Item; area: number }[] = [];
  const layRow = (): void => {
    const area = row.reduce((sum, each) => sum + each.area, 0);
    const isColumn = place.width >= place.height;
    const thickness = area / (isColumn ? place.height : place.width);
    let along = 0;
    for (const { item, area: own } of row) {
      const length = own / thickness;
      tiles.push(
        isColumn
          ? { item, x: place.x, y: place.y + along, width: thickness, height: length }
          : { item, x: place.x + along, y: place.y, width: length, height: thickness },
      );
      along += length;
    }
    place = isColumn
      ? { ...place, x: place.x + thickness, width: place.width - thickness }
      : { ...place, y: place.y + thickness, height: place.height - thickness };
    row = [];
  };
  for (const item of sorted) {
    const next = { item, area: weight(item) * scale };
    const side = Math.min(place.width, place.height);
    if (row.length > 0 && worst([...row, next], side) > worst(row, side)) layRow();
    row.push(next);
  }
  if (row.length > 0) layRow();
  return tiles;
}

/** The worst ratio of sides in a row laid along `side`. */
function worst(row: readonly { area: number }[], side: number): number {
  const areas = row.map(({ area }) => area);
  const sum = areas.reduce((all, area) => all + area, 0);
  return Math.max((side ** 2 * Math.max(...areas)) / sum ** 2, sum ** 2 / (side ** 2 * Math.min(...areas)));
}

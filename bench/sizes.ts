/** DRYDOCK_BENCH_SMALLEST=1: everything once and small, to see that it works. The figures mean nothing then. */
export const smallest = process.env["DRYDOCK_BENCH_SMALLEST"] === "1";

/** How often something is measured, or how many take part: as many as it takes for a figure, or as few as do. */
export function size(usual: number, least: number): number {
  return smallest ? least : usual;
}

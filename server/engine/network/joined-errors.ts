/** Several mistakes in one message, as dockerd lists them (moby, internal/multierror). @param whys at least one */
export function joinedErrors(whys: readonly string[]): string {
  return whys.length === 1 ? (whys[0] ?? "").trim() : whys.map((why) => `* ${why}`).join("\n");
}

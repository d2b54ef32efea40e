/** The networks that every tenant has from the start. */
export const predefined = ["bridge", "host", "none"] as const;

export function isPredefined(name: string): boolean {
  return predefined.some((candidate) => candidate === name);
}

import { constants } from "node:os";

/** A signal's number from its name (`SIGTERM`, `term`, `SIGRTMIN+3`) or number; undefined if there is none of that name. */
export function parseSignal(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    // Docker looks whether there is one of that number when it sends it.
    return number >= 1 ? number : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, "");
  const realTime = /^RT(MIN\+(\d+)|MAX-(\d+)|MIN|MAX)$/.exec(name);
  if (realTime !== null) {
    const number = name.startsWith("RTMIN") ? 34 + Number(realTime[2] ?? 0) : 64 - Number(realTime[3] ?? 0);
    return number >= 34 && number <= 64 ? number : undefined;
  }
  const numbers = new Map<string, number>(Object.entries(constants.signals));
  return numbers.get(`SIG${name}`);
}

import type { TransferProgress } from "../../engine/remotes/remotes.ts";

/** What `docker pull` and `push` read of one report: a line, and after a push what it made (jsonmessage, aux). */
export function progressLines(progress: TransferProgress): object[] {
  const { pushed } = progress;
  const aux = pushed === undefined ? [] : [{ Tag: pushed.tag, Digest: pushed.digest, Size: pushed.size }];
  return [progressJson(progress), ...aux.map((made) => ({ progressDetail: {}, aux: made }))];
}

/** One line of progress as `docker pull` reads it (jsonmessage.JSONMessage). */
export function progressJson(progress: TransferProgress): object {
  const { id, status, current, total } = progress;
  const known = current !== undefined;
  return {
    status,
    ...(known
      ? {
          progressDetail: { current, ...(total === undefined ? {} : { total }) },
          progress: bar(current, total),
        }
      : id === undefined || status.startsWith("Pulling from ")
        ? {}
        : { progressDetail: {} }),
    ...(id === undefined ? {} : { id }),
  };
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** Decimal units with four significant digits, as go-units prints them. */
export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${units[unit] ?? "B"}`;
}

function bar(current: number, total: number | undefined): string {
  if (total === undefined || total <= 0) {
    return humanSize(current);
  }
  const filled = Math.min(50, Math.floor((current / total) * 50));
  const line = filled === 50 ? "=".repeat(50) : `${"=".repeat(filled)}>${" ".repeat(49 - filled)}`;
  return `[${line}${filled === 50 ? ">" : ""}]  ${humanSize(current)}/${humanSize(total)}`;
}

/** `ms` as Go's time.Duration writes it: `1.5s`, `2m0s`, `500ms`. */
export function goDuration(ms: number): string {
  if (ms < 1) return `${ms * 1_000}µs`;
  if (ms < 1_000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  return hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

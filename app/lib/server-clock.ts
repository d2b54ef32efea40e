/** The clock that times of builds and files are of: the browser's own may be hours off. ms */
let ahead = 0;

/** @param now what it says, as heard just now */
export function setServerClock(now: number): void {
  ahead = now - Date.now();
}

export function serverNow(): number {
  return Date.now() + ahead;
}

import { send } from "./http.ts";

/** Once it has begun to come: what stands in its way is told by the page, not by the browser's list of downloads. @throws ApiError */
export async function downloadIfThere(url: string): Promise<void> {
  const look = new AbortController();
  await send("GET", url, { signal: look.signal });
  look.abort();
  download(url);
}

/** As a file of the learner's machine, which the server names. The page stays, whatever the answer is. */
export function download(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}

/** What a link brings in its fragment, which no server sees. */
export type LinkContent =
  | { kind: "dockerfile"; text: string }
  /** plain or gzip, as the workspace unpacks it */
  | { kind: "tar"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "git"; url: string };

/** Bytes that come out of a link, unpacked. */
export const largestContent = 4 * 1024 * 1024;

/**
 * `#dockerfile=` is text, as base64url (of deflate-raw with `#dockerfile.z=`) or percent-encoded; `#tar=` is a tar, also
 * of gzip, as base64url; `#git=` is an address, percent-encoded. Undefined: nothing of that.
 * @throws Error when it is too large, or broken
 */
export async function readLink(fragment: string): Promise<LinkContent | undefined> {
  const [, name, value = ""] = /^#?([a-z.]+)=(.*)$/s.exec(fragment) ?? [];
  switch (name) {
    case "dockerfile":
      return { kind: "dockerfile", text: isBase64(value) ? decodeText(bytesOf(value)) : decodeURIComponent(value) };
    case "dockerfile.z":
      return { kind: "dockerfile", text: decodeText(await inflate(bytesOf(value))) };
    case "tar":
      return { kind: "tar", bytes: bytesOf(value) };
    case "git":
      return gitAddress(decodeURIComponent(value));
    default:
      return undefined;
  }
}

/** Only what a browser would open too: no files of the workstation, no commands (`ext::`). */
function gitAddress(address: string): LinkContent | undefined {
  if (!URL.canParse(address) || address.length > 500) return undefined;
  const url = new URL(address);
  return url.protocol === "https:" || url.protocol === "http:" ? { kind: "git", url: url.href } : undefined;
}

/** Percent-encoded text of a Dockerfile has a blank in it, as `%20` or `+`. */
function isBase64(value: string): boolean {
  return /^[A-Za-z0-9_-]+=*$/.test(value);
}

function bytesOf(value: string): Uint8Array<ArrayBuffer> {
  if (value.length > 2 * largestContent) throw new RangeError("too large");
  const text = atob(value.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function decodeText(bytes: Uint8Array): string {
  if (bytes.length > largestContent) throw new RangeError("too large");
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** Stops as soon as it is too much: a few bytes can stand for gigabytes. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    size += next.value.length;
    if (size > largestContent) {
      await reader.cancel();
      throw new RangeError("too large");
    }
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** What is typed in the workstation for a repository: its files go where the workspace's are. */
export function cloneCommand(url: string): string {
  const quoted = `'${url.replaceAll("'", "%27")}'`;
  return `git clone --depth 1 -- ${quoted} /tmp/repository && cp -a /tmp/repository/. /workspace/ && rm -rf /tmp/repository`;
}

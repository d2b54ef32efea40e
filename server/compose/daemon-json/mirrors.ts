import { InvalidArgument } from "../../engine/errdefs/errors.ts";

/** Checks a registry mirror. @returns its origin. @throws InvalidArgument in dockerd's words (registry, ValidateMirror) */
export function registryMirror(text: string): URL {
  const quoted = JSON.stringify(text);
  if (!/^.+:\/\//.test(text)) {
    throw new InvalidArgument(
      `invalid mirror: no scheme specified for ${quoted}: must use either 'https://' or 'http://'`,
    );
  }
  if (!URL.canParse(text)) {
    throw new InvalidArgument(`invalid mirror: ${quoted} is not a valid URI`);
  }
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new InvalidArgument(
      `invalid mirror: unsupported scheme ${JSON.stringify(url.protocol.slice(0, -1))} in ${quoted}: must use either 'https://' or 'http://'`,
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new InvalidArgument(`invalid mirror: query or fragment at end of the URI ${quoted}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new InvalidArgument(
      `invalid mirror: username/password not allowed in URI ${JSON.stringify(text.replace(/:[^:@/]*@/, ":xxxxx@"))}`,
    );
  }
  return url;
}

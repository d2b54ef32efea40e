import { existsSync, globSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf, Unknown } from "../errdefs/errors.ts";
import { addressIn, callPlugin, parseAddress, type PluginAddress } from "./plugin-address.ts";

/** Where plugins make themselves known (Docker docs, Plugin discovery): sockets, and files that say where one is. */
export interface PluginDirectories {
  sockets: string;
  specs: readonly string[];
}

export const dockerPluginDirectories: PluginDirectories = {
  sockets: "/run/docker/plugins",
  specs: ["/etc/docker/plugins", "/usr/lib/docker/plugins"],
};

/** Names of all that are found, whatever they implement. */
export function pluginNames({ sockets, specs }: PluginDirectories): string[] {
  const found = [
    ...globSync(join(sockets, "*.sock")),
    ...globSync(join(sockets, "*/*.sock")),
    ...specs.flatMap((directory) => globSync(join(directory, "*.{spec,json}"))),
    ...specs.flatMap((directory) => globSync(join(directory, "*/*.{spec,json}"))),
  ];
  return [...new Set(found.map((path) => basename(path).replace(/\.(?:sock|spec|json)$/, "")))].toSorted();
}

/** @returns undefined: there is none of the name. @throws Unknown for a file that names no address */
export function findPlugin({ sockets, specs }: PluginDirectories, name: string): PluginAddress | undefined {
  if (!/^[a-zA-Z0-9][\w.-]*$/.test(name)) {
    return undefined;
  }
  const socket = [join(sockets, `${name}.sock`), join(sockets, name, `${name}.sock`)].find(
    (path) => statSync(path, { throwIfNoEntry: false })?.isSocket() === true,
  );
  if (socket !== undefined) {
    return parseAddress(`unix://${socket}`);
  }
  const file = specs
    .flatMap((directory) => [directory, join(directory, name)])
    .flatMap((directory) => [join(directory, `${name}.spec`), join(directory, `${name}.json`)])
    .find((path) => existsSync(path));
  return file === undefined ? undefined : addressIn(file);
}

/**
 * One call of a plugin's method; `body` undefined: none.
 * @throws Unknown with the plugin's own words
 */
export async function callMethod<Answer extends { Err?: string }>(
  address: PluginAddress,
  method: string,
  body: object | undefined,
): Promise<Answer> {
  let text: string;
  try {
    text = await callPlugin(address, `/${method}`, body === undefined ? "" : JSON.stringify(body));
  } catch (cause) {
    throw new Unknown(`${method}: ${messageOf(cause)}`, { cause });
  }
  // A plugin written in Go answers `null` where it has nothing to say.
  const answer = ((text.trim() === "" ? null : JSON.parse(text)) ?? {}) as Answer;
  if (answer.Err !== undefined && answer.Err !== "") {
    throw new Unknown(`${method}: ${answer.Err}`);
  }
  return answer;
}

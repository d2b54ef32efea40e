/** The name of the network that every container is on unless it says otherwise. */
export const defaultNetwork = "bridge";

/** What `--network` stands for. */
export type NetworkMode =
  | { kind: "network"; name: string }
  | { kind: "none" }
  | { kind: "host" }
  | { kind: "container"; container: string };

export function parseNetworkMode(mode: string): NetworkMode {
  if (mode === "none" || mode === "host") {
    return { kind: mode };
  }
  if (mode.startsWith("container:")) {
    return { kind: "container", container: mode.slice("container:".length) };
  }
  return { kind: "network", name: mode === "" || mode === "default" ? defaultNetwork : mode };
}

/** The network that `--network` names, `host` and `none` too; undefined for another container's. */
export function namedNetwork(mode: string): string | undefined {
  const parsed = parseNetworkMode(mode);
  return parsed.kind === "network" ? parsed.name : parsed.kind === "container" ? undefined : parsed.kind;
}

import { type DaemonJson } from "./schema.ts";
import { defaultShmSize } from "./settings.ts";
import { parseSize } from "../../engine/logs/options.ts";

/** What a running `drydockd` takes over on SIGHUP: what dockerd does (moby, daemon/reload.go), and the resolvers. */
const reloadable = new Set([
  ..."debug labels features experimental insecure-registries registry-mirrors live-restore".split(" "),
  ..."max-concurrent-downloads max-concurrent-uploads max-download-attempts shutdown-timeout".split(" "),
  ..."runtimes default-runtime default-shm-size default-ipc-mode default-cgroupns-mode".split(" "),
  ..."dns dns-search dns-opts log-level".split(" "),
]);

/** Reloaded to its default when the file says nothing of it any more; the others stay as they were, as with dockerd. */
const resets = new Set(
  "max-concurrent-downloads max-concurrent-uploads max-download-attempts features dns dns-search dns-opts".split(" "),
);

/**
 * The settings after a reload.
 * @returns `waiting`: the keys that are not as in the file before the next start
 */
export function reloaded(current: DaemonJson, file: DaemonJson): { next: DaemonJson; waiting: string[] } {
  const keys = new Set([...Object.keys(current), ...Object.keys(file)]) as Set<keyof DaemonJson>;
  const next: Record<string, unknown> = {};
  const waiting: string[] = [];
  for (const key of keys) {
    const taken = reloadable.has(key) && (Object.hasOwn(file, key) || resets.has(key));
    const value = taken ? file[key] : current[key];
    if (value !== undefined) next[key] = value;
    if (!reloadable.has(key) && JSON.stringify(current[key]) !== JSON.stringify(file[key])) waiting.push(key);
  }
  return { next, waiting: waiting.toSorted() };
}

/** Of the event `daemon reload`. @param runtime the default in force */
export function reloadAttributes(daemon: DaemonJson, runtime: string): Record<string, string> {
  const list = (key: "labels" | "insecure-registries" | "registry-mirrors") => JSON.stringify(daemon[key] ?? []);
  const resolvers = (["dns", "dns-opts", "dns-search"] as const).filter((key) => daemon[key] !== undefined);
  const features = Object.entries(daemon.features ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    debug: String(daemon.debug ?? false),
    "default-cgroupns-mode": daemon["default-cgroupns-mode"] || "private",
    ...Object.fromEntries(resolvers.map((key) => [key, JSON.stringify(daemon[key])])),
    "default-ipc-mode": daemon["default-ipc-mode"] || "private",
    "default-runtime": runtime,
    "default-shm-size": String(parseSize(String(daemon["default-shm-size"] ?? "")) ?? defaultShmSize),
    features: `map[${features.map(([name, on]) => `${name}:${on}`).join(" ")}]`,
    "insecure-registries": list("insecure-registries"),
    labels: list("labels"),
    "live-restore": "true",
    "max-concurrent-downloads": String(daemon["max-concurrent-downloads"] || 3),
    "max-concurrent-uploads": String(daemon["max-concurrent-uploads"] || 5),
    "max-download-attempts": String(daemon["max-download-attempts"] || 5),
    "registry-mirrors": list("registry-mirrors"),
    runtimes: Object.entries(daemon.runtimes ?? {})
      .map(([name, { path = "" }]) => `${name}:${path}`)
      .join(" "),
    "shutdown-timeout": String(daemon["shutdown-timeout"] ?? 15),
  };
}

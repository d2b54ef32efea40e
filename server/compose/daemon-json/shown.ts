import type { ShownSettings } from "../../daemon/host-info.ts";
import type { Settings } from "./settings.ts";

/** What `docker info` tells of the settings, as they are in force. */
export function shownSettings(settings: Settings): ShownSettings {
  const now = () => settings.daemon;
  return {
    get debug() {
      return now().debug ?? false;
    },
    get experimental() {
      return now().experimental ?? false;
    },
    get labels() {
      return now().labels ?? [];
    },
    get insecure() {
      return now()["insecure-registries"] ?? [];
    },
    get mirrors() {
      return (now()["registry-mirrors"] ?? []).map((mirror) => `${mirror.replace(/\/$/, "")}/`);
    },
    get logDriver() {
      return now()["log-driver"] ?? "json-file";
    },
    get defaultRuntime() {
      return settings.runtime;
    },
    get addedRuntimes() {
      const added = Object.entries(now().runtimes ?? {});
      return added.map(([name, { path = "", runtimeArgs = [] }]) => ({ name, path, args: runtimeArgs }));
    },
    seccomp: settings.daemon["seccomp-profile"] || "builtin",
    get noNewPrivileges() {
      return now()["no-new-privileges"] ?? false;
    },
    addressPools: settings.daemon["default-address-pools"] ?? [],
    initBinary: settings.daemon["init-path"] ?? "docker-init",
  };
}

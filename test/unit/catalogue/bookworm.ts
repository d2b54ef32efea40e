import type { HostMachine } from "#engine/catalogue/host-machine.ts";

/** A machine with Debian 12 and no settings of its own. */
export const bookworm: HostMachine = {
  distribution: "debian",
  codename: "bookworm",
  version: "12",
  aptSources: [],
  aptSettings: [],
  authorities: [],
  npmSettings: [],
  pipSettings: [],
};

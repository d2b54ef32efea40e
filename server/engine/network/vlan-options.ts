import { Unknown } from "../errdefs/errors.ts";

/** Drivers that give a container a device of its own on one of the machine's (Docker docs, Macvlan and IPvlan network driver). */
export const vlanDrivers = ["macvlan", "ipvlan"] as const;
export type VlanDriver = (typeof vlanDrivers)[number];

export interface VlanOptions {
  driver: VlanDriver;
  /** device of the machine; undefined: a device without a cable, of the network's own */
  parent: string | undefined;
  /** the kernel's number of it (linux/if_link.h) */
  mode: number;
  /** of ipvlan only */
  flags: number;
}

const modes: Record<VlanDriver, { first: string; known: Readonly<Record<string, number>> }> = {
  macvlan: { first: "bridge", known: { private: 1, vepa: 2, bridge: 4, passthru: 8 } },
  ipvlan: { first: "l2", known: { l2: 0, l3: 1, l3s: 2 } },
};
const ipvlanFlags: Readonly<Record<string, number>> = { bridge: 0, private: 1, vepa: 2 };

export function isVlanDriver(driver: string): driver is VlanDriver {
  return vlanDrivers.some((name) => name === driver);
}

/** @throws Unknown in dockerd's words (libnetwork, drivers/macvlan and drivers/ipvlan, parseNetworkOptions) */
export function vlanOptions(driver: VlanDriver, options: Readonly<Record<string, string>>): VlanOptions {
  const { first, known } = modes[driver];
  const mode = options[`${driver}_mode`] || first;
  if (!Object.hasOwn(known, mode)) {
    throw new Unknown(
      `requested ${driver} mode '${mode}' is not valid, '${first}' mode is the ${driver} driver default`,
    );
  }
  const flag = (driver === "ipvlan" && options["ipvlan_flag"]) || "bridge";
  if (!Object.hasOwn(ipvlanFlags, flag)) {
    throw new Unknown(`requested ipvlan flag '${flag}' is not valid, 'bridge' is the ipvlan driver default`);
  }
  const parent = options["parent"] || undefined;
  if (parent === "lo") {
    throw new Unknown(`loopback interface is not a valid ${driver} parent link`);
  }
  return { driver, parent, mode: known[mode] ?? 0, flags: ipvlanFlags[flag] ?? 0 };
}

/** `eth0.10` as a device and a VLAN's id. @throws Unknown in dockerd's words */
export function parseVlan(name: string): { parent: string; id: number } {
  if (!name.includes(".")) {
    throw new Unknown(`invalid subinterface vlan name ${name}, example formatting is eth0.10`);
  }
  const [parent = "", text = "", ...rest] = name.split(".");
  if (rest.length > 0) {
    throw new Unknown(
      `required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received ${name}`,
    );
  }
  if (!/^[+-]?\d{1,9}$/.test(text)) {
    throw new Unknown(`unable to parse a valid vlan id from: ${text} (ex. eth0.10 for vlan 10)`);
  }
  return { parent, id: Number(text) };
}

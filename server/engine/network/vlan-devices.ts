import { randomBytes } from "node:crypto";
import { FailedPrecondition, Unknown } from "../errdefs/errors.ts";
import { isErrno } from "./netlink/kernel-error.ts";
import type { Links } from "./netlink/links.ts";
import type { Netns } from "./netlink/netns.ts";
import type { Network } from "./network-service.ts";
import { isVlanDriver, parseVlan, type VlanDriver, vlanOptions } from "./vlan-options.ts";

/** What the kernel's drivers are called where they are missing. */
const modules: Readonly<Record<VlanDriver | "dummy" | "vlan", string>> = {
  macvlan: "macvlan",
  ipvlan: "ipvlan",
  dummy: "dummy",
  vlan: "8021q",
};

/** Whether containers on the network reach nothing but each other. */
export function isShut(network: Pick<Network, "driver" | "internal" | "options">): boolean {
  return (
    network.internal ||
    (isVlanDriver(network.driver) && vlanOptions(network.driver, network.options).parent === undefined)
  );
}

/** The machine's device that the network's are made on, as dockerd names it. */
function parentOf({ id, options }: Pick<Network, "id" | "options">): string {
  return options["parent"] || dummyName(id);
}

function dummyName(id: string): string {
  return `dm-${id.slice(0, 12)}`;
}

/**
 * Makes sure that the network can have devices: its parent is there, and the kernel has the driver.
 * @param others networks of these drivers that there are
 * @returns whether the parent was made for it
 * @throws Unknown in dockerd's words; FailedPrecondition where the kernel lacks something, with what to do
 */
export async function openVlan(
  links: Links,
  network: Network,
  driver: VlanDriver,
  others: readonly Network[],
): Promise<boolean> {
  const parent = parentOf(network);
  checkNeighbours(parent, network, driver, others);
  const made = ensureParent(links, network, driver);
  const probe = `p${randomBytes(5).toString("hex")}`;
  try {
    const { mode, flags } = vlanOptions(driver, network.options);
    attempt(driver, () => links.createVlanDevice(driver, probe, { parent: links.index(parent) ?? 0, mode, flags }));
  } catch (error) {
    if (made) await links.delete(parent);
    throw error;
  }
  await links.delete(probe);
  return made;
}

/** A parent that was made for networks goes with the last one. */
export async function closeVlan(links: Links, network: Network, others: readonly Network[]): Promise<void> {
  const parent = parentOf(network);
  const ours =
    network.ownParent === true || others.some((other) => other.ownParent === true && parentOf(other) === parent);
  if (ours && !others.some((other) => parentOf(other) === parent)) await links.delete(parent);
}

/** Makes the endpoint's device in a container. @throws Unknown, FailedPrecondition */
export function plugVlan(
  links: Links,
  network: Network,
  driver: VlanDriver,
  device: { name: string; mac: string; mtu: number; netns: Netns },
): void {
  const parent = parentOf(network);
  ensureParent(links, network, driver);
  const { mode, flags } = vlanOptions(driver, network.options);
  const index = links.index(parent) ?? 0;
  // Devices on an ipvlan have their parent's hardware address.
  const mac = driver === "macvlan" ? { mac: device.mac } : {};
  attempt(driver, () =>
    links.createVlanDevice(driver, device.name, {
      parent: index,
      mode,
      flags,
      netns: device.netns,
      mtu: device.mtu,
      ...mac,
    }),
  );
}

/** dockerd since version 24: networks may share a parent, unless one has it to itself. @throws Unknown */
function checkNeighbours(parent: string, network: Network, driver: VlanDriver, others: readonly Network[]): void {
  const passthru = ({ options }: Network) => options["macvlan_mode"] === "passthru";
  for (const other of others.filter((candidate) => candidate.driver === driver && parentOf(candidate) === parent)) {
    if (driver === "macvlan" && passthru(network)) {
      throw new Unknown(
        `cannot use mode passthru, macvlan network ${other.id} is already using parent interface ${parent}`,
      );
    }
    if (passthru(other)) {
      throw new Unknown(`macvlan network ${other.id} is already using parent interface ${parent} in mode passthru`);
    }
  }
}

function ensureParent(links: Links, network: Network, driver: VlanDriver): boolean {
  const name = parentOf(network);
  if (links.index(name) !== undefined) return false;
  if (name === dummyName(network.id)) {
    attempt("dummy", () => links.createDummy(name));
    return true;
  }
  const { parent, id } = parseVlan(name);
  const index = links.index(parent);
  if (index === undefined) {
    throw new Unknown(`-o parent interface does was not found on the host: ${parent}`);
  }
  if (id > 4094 || id < 1) {
    throw new Unknown(`vlan id must be between 1-4094, received: ${id}`);
  }
  attempt("vlan", () => links.createVlanDevice("vlan", name, { parent: index, mode: id, flags: 0 }), driver);
  links.setUp(links.index(name) ?? 0);
  return true;
}

function attempt(kind: keyof typeof modules, make: () => void, wanted: string = kind): void {
  try {
    make();
  } catch (error) {
    if (isErrno(error, "EOPNOTSUPP")) {
      const alone = kind === "dummy" ? ", or name a device of this machine's with -o parent=" : "";
      throw new FailedPrecondition(
        `this kernel has no ${wanted === kind ? kind : `${kind} devices for ${wanted}`} (try: modprobe ${modules[kind]})${alone}; networks of the driver bridge work without it`,
        { cause: error },
      );
    }
    if (isErrno(error, "EBUSY", "EINVAL")) {
      throw new Unknown(`failed to create the ${kind} port: device or resource busy`, { cause: error });
    }
    throw error;
  }
}

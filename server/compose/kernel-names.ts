/** What `drydockd` calls its kernel objects: two engines on one machine are kept apart by these. */
export interface KernelNames {
  /** nftables table */
  networkTable: string;
  bridgePrefix: string;
  vethPrefix: string;
  /** cgroup above all tenants' */
  cgroupRoot: string;
}

/** Undefined: it can be one (DRYDOCK_NAME). */
export function whyNoName(name: string): string | undefined {
  return /^[a-z0-9]{0,2}$/.test(name) ? undefined : `invalid name "${name}": at most 2 lower-case letters or digits`;
}

/** @param name at most 2 lower-case letters or digits; empty for the machine's only one (DRYDOCK_NAME) */
export function kernelNames(name: string): KernelNames {
  return {
    networkTable: name === "" ? "drydock" : `drydock-${name}`,
    // no other device starts so: "d" and "v" alone would take in docker0 and veth0
    bridgePrefix: name === "" ? "dd-" : `y${name}-`,
    vethPrefix: name === "" ? "ddv" : `y${name}v`,
    cgroupRoot: name === "" ? "/drydock" : `/drydock-${name}`,
  };
}

import { Conflict, InvalidArgument, NotFound, PermissionDenied, Unknown } from "../errdefs/errors.ts";
import { checkMachineNetwork } from "../tenants/policy-check.ts";
import type { Policy } from "../tenants/policy.ts";
import { bridgeOptions } from "./bridge-options.ts";
import type { Network, NewNetwork } from "./network-service.ts";
import { isVlanDriver, vlanOptions } from "./vlan-options.ts";

/** Drivers of which every tenant has exactly one network; by the names that the API has for them. */
const single: Readonly<Record<string, string>> = { host: "host", null: "null" };
const noSwarm =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

/**
 * Checks what is asked of a new network, in dockerd's order and words.
 * @returns the request with what its configuration network (`configFrom`) adds
 * @throws InvalidArgument, PermissionDenied, Conflict, NotFound, Unknown
 */
export function checkedRequest(wanted: NewNetwork, existing: readonly Network[], rules: Policy): NewNetwork {
  if (["bridge", "host", "none", "default"].includes(wanted.name)) {
    throw new PermissionDenied(`operation is not permitted on predefined ${wanted.name} network `);
  }
  if (existing.some(({ name }) => name === wanted.name)) {
    throw new Conflict(`network with name ${wanted.name} already exists`);
  }
  if (wanted.ingress === true) {
    throw new PermissionDenied("Ingress network can only be global scope network");
  }
  checkScope(wanted);
  if (wanted.name.trim() === "") {
    throw new Unknown(`invalid name: ${wanted.name}`);
  }
  // oxlint-disable-next-line no-control-regex -- that is what is looked for
  if (/[\u0000-\u001f\u007f]/.test(wanted.name)) {
    throw new InvalidArgument(`invalid network name ${JSON.stringify(wanted.name)}: it has a control character`);
  }
  if (wanted.configOnly === true) {
    return checkedConfiguration(wanted);
  }
  const request = withConfiguration(wanted, existing);
  if (request.enableIPv4 === false && request.enableIPv6 !== true) {
    throw new InvalidArgument("IPv4 or IPv6 must be enabled");
  }
  checkDriver(request, rules);
  if (request.ipamDriver === "null") throw new Unknown("ipv4 pool is empty");
  return request;
}

function checkScope({ scope = "", driver }: NewNetwork): void {
  if (scope === "swarm") {
    throw new PermissionDenied("cannot create a swarm scoped network when swarm is not active");
  }
  if (driver === "overlay" || !["", "local"].includes(scope)) {
    throw new Unknown(noSwarm);
  }
}

function checkDriver({ driver = "bridge", options = {} }: NewNetwork, rules: Policy): void {
  const only = Object.hasOwn(single, driver) ? single[driver] : undefined;
  if (only !== undefined) {
    throw new PermissionDenied(`only one instance of "${only}" network is allowed`);
  }
  if (isVlanDriver(driver)) {
    checkMachineNetwork(rules, `A network of the driver ${driver}`);
    vlanOptions(driver, options);
    return;
  }
  if (driver !== "bridge") {
    // Plugins are programs of the machine, and see it. What is called none here is null in the API.
    if (!rules.machineNetworks || driver === "none") throw new NotFound(`plugin ${JSON.stringify(driver)} not found`);
    return;
  }
  checkGatewayModes(options);
  if (bridgeOptions(options).name !== undefined) checkMachineNetwork(rules, "com.docker.network.bridge.name");
}

const gatewayModes = ["", "nat", "nat-unprotected", "routed", "isolated"];

/** Which of them it is counts for nothing (docs/differences.md). */
function checkGatewayModes(options: Readonly<Record<string, string>>): void {
  for (const family of ["ipv4", "ipv6"]) {
    const name = `com.docker.network.bridge.gateway_mode_${family}`;
    const mode = options[name] ?? "";
    if (!gatewayModes.includes(mode)) {
      throw new InvalidArgument(`failed to parse ${name} value: ${mode} (unknown gateway mode ${mode})`);
    }
  }
}

function checkedConfiguration(wanted: NewNetwork): NewNetwork {
  if (wanted.configFrom !== undefined) {
    throw new PermissionDenied("a configuration network cannot depend on another configuration network");
  }
  if (
    wanted.ingress === true ||
    wanted.internal === true ||
    wanted.attachable === true ||
    (wanted.scope ?? "") !== ""
  ) {
    throw new PermissionDenied(
      "configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.",
    );
  }
  return wanted;
}

/** libnetwork: a network that names a configuration may say nothing of its own that the configuration says. */
function withConfiguration(wanted: NewNetwork, existing: readonly Network[]): NewNetwork {
  if (wanted.configFrom === undefined) {
    return wanted;
  }
  const given = [wanted.ipam, Object.keys(wanted.labels ?? {}), Object.keys(wanted.ipamOptions ?? {})];
  if (wanted.enableIPv6 === true || given.some((list = []) => list.length > 0)) {
    throw new PermissionDenied(
      "user specified configurations are not supported if the network depends on a configuration network",
    );
  }
  if (Object.keys(wanted.options ?? {}).length > 0) {
    throw new PermissionDenied(
      "network driver options are not supported if the network depends on a configuration network",
    );
  }
  const source = existing.find(({ name, configOnly }) => name === wanted.configFrom && configOnly === true);
  if (source === undefined) {
    throw new NotFound(`configuration network ${JSON.stringify(wanted.configFrom)} does not exist`);
  }
  return {
    ...wanted,
    ipam: source.requestedIpam ?? [],
    enableIPv4: source.enableIPv4 ?? true,
    enableIPv6: source.enableIPv6,
    options: source.options,
    internal: wanted.internal === true || source.internal,
    labels: { ...source.labels, ...wanted.labels },
    ...(source.ipamOptions === undefined ? {} : { ipamOptions: source.ipamOptions }),
  };
}

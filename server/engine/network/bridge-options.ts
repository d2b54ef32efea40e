import { isIPv4 } from "node:net";
import { InvalidArgument, Unknown } from "../errdefs/errors.ts";

/** What the options of a network with the driver `bridge` mean (Docker docs, bridge network driver, Options). */
export interface BridgeOptions {
  /** the device's name, if the user chose one */
  name: string | undefined;
  /** containers on the network reach each other */
  interContainer: boolean;
  /** what leaves has the host's address */
  masquerade: boolean;
  /** where ports are published that name no host address */
  hostBinding: string | undefined;
  /** bytes; undefined or 0: as the machine's */
  mtu: number | undefined;
  /** of names of interfaces in containers: `eth` */
  interfacePrefix: string;
}

const truths: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true])),
  ...Object.fromEntries(["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false])),
};

const names = {
  name: "com.docker.network.bridge.name",
  interContainer: "com.docker.network.bridge.enable_icc",
  masquerade: "com.docker.network.bridge.enable_ip_masquerade",
  hostBinding: "com.docker.network.bridge.host_binding_ipv4",
  mtu: "com.docker.network.driver.mtu",
  interfacePrefix: "com.docker.network.container_iface_prefix",
};

/** Options of other names are for other drivers: let through, as dockerd does. @throws Unknown in dockerd's words */
export function bridgeOptions(options: Readonly<Record<string, string>>): BridgeOptions {
  const hostBinding = options[names.hostBinding];
  if (hostBinding !== undefined && !isIPv4(hostBinding)) {
    throw unparsable(names.hostBinding, hostBinding, "nil ip");
  }
  const name = options[names.name];
  if (name !== undefined && Buffer.byteLength(name) > 15) {
    throw new Unknown("failed to check bridge interface existence: numerical result out of range");
  }
  if (name !== undefined && !/^[\w.:-]*$/.test(name)) {
    throw new InvalidArgument(`invalid name of a bridge device: ${JSON.stringify(name)}`);
  }
  const interfacePrefix = options[names.interfacePrefix] ?? "";
  if (!/^[\w.-]{0,12}$/.test(interfacePrefix)) {
    throw new InvalidArgument(`invalid prefix for names of interfaces: ${JSON.stringify(interfacePrefix)}`);
  }
  return {
    name: name === "" ? undefined : name,
    interContainer: truth(options, names.interContainer),
    masquerade: truth(options, names.masquerade),
    hostBinding,
    mtu: mtuOf(options[names.mtu]),
    interfacePrefix: interfacePrefix === "" ? "eth" : interfacePrefix,
  };
}

/** What inspect shows of the network `bridge`. */
export function defaultBridgeOptions(device: string, mtu = 1_500): Record<string, string> {
  return {
    "com.docker.network.bridge.default_bridge": "true",
    [names.interContainer]: "true",
    [names.masquerade]: "true",
    [names.hostBinding]: "0.0.0.0",
    [names.name]: device,
    [names.mtu]: String(mtu),
  };
}

function truth(options: Readonly<Record<string, string>>, name: string): boolean {
  const text = options[name];
  if (text === undefined) return true;
  const value = Object.hasOwn(truths, text) ? truths[text] : undefined;
  if (value === undefined) {
    throw unparsable(name, text, `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return value;
}

function mtuOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[+-]?\d{1,9}$/.test(text)) {
    throw unparsable(names.mtu, text, `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const mtu = Number(text);
  if (mtu < 0) throw new InvalidArgument(`invalid MTU number: ${mtu}`);
  if (mtu !== 0 && (mtu < 68 || mtu > 65_535)) {
    throw new InvalidArgument(`invalid MTU ${mtu}: it must be from 68 to 65535 bytes`);
  }
  return mtu;
}

function unparsable(name: string, value: string, why: string): Unknown {
  return new Unknown(`failed to parse ${name} value: ${value} (${why})`);
}

import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import type { DaemonJson } from "./schema.ts";

/** What is wrong with one of `hosts`: what is open to the network has mutual TLS. Undefined: nothing. */
export function hostProblem(host: string, config: DaemonJson): string | undefined {
  if (/^unix:\/\/\/./.test(host)) {
    return undefined;
  }
  const where = parseTcp(host);
  if (where === undefined) {
    return `hosts: invalid host ${host}: expected unix:///path or tcp://address:port`;
  }
  if (config.tlsverify !== true && !/^(?:127\.|::1$|localhost$)/.test(where.address)) {
    return `hosts: ${host} would give this machine to everybody who reaches it: set tlsverify with tlscacert, tlscert and tlskey (./drydock tls makes them), or listen on 127.0.0.1`;
  }
  const needed = config.tlsverify === true ? (["tlscacert", "tlscert", "tlskey"] as const) : [];
  const encrypted = config.tlsverify !== true && config.tls === true ? (["tlscert", "tlskey"] as const) : [];
  const missing = [...needed, ...encrypted].find((key) => config[key] === undefined);
  return missing === undefined ? undefined : `${config.tlsverify === true ? "tlsverify" : "tls"} needs ${missing}`;
}

/** @throws InvalidArgument */
export function tcpAddress(host: string): { address: string; port: number } {
  const where = parseTcp(host);
  if (where === undefined) {
    throw new InvalidArgument(`hosts: invalid host ${host}: expected unix:///path or tcp://address:port`);
  }
  return where;
}

/** What is wrong with `metrics-addr`. Undefined: nothing. */
export function metricsProblem(address: string): string | undefined {
  return parseTcp(`tcp://${address}`) === undefined
    ? `metrics-addr: invalid address ${address}: expected address:port, e.g. 127.0.0.1:9323`
    : undefined;
}

/** `127.0.0.1:9323`. @throws InvalidArgument */
export function metricsAddress(address: string): { address: string; port: number } {
  const problem = metricsProblem(address);
  if (problem !== undefined) throw new InvalidArgument(problem);
  return tcpAddress(`tcp://${address}`);
}

function parseTcp(host: string): { address: string; port: number } | undefined {
  const match = /^tcp:\/\/(?:\[([0-9a-f:.]+)\]|([^:/[\]]+)):(\d{1,5})$/i.exec(host);
  const port = Number(match?.[3]);
  return match === null || port > 65_535 ? undefined : { address: match[1] ?? match[2] ?? "", port };
}

import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { isAbsolute } from "node:path";
import { messageOf, Unknown } from "../errdefs/errors.ts";

/** Where a plugin listens. */
export interface PluginAddress {
  /** `unix:///path`, `tcp://host:port` */
  text: string;
  /** what `http.request`, with `secure` `https.request`, is given to get there */
  target: https.RequestOptions;
  secure: boolean;
}

/** Bytes of the largest answer. */
const answerLimit = 4 * 1024 * 1024;
/** A plugin may mount over the network. Milliseconds. */
const patience = 60_000;
const mediaType = "application/vnd.docker.plugins.v1.2+json";

/** @throws Unknown */
export function parseAddress(text: string, tls?: https.RequestOptions): PluginAddress {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (socketPath !== undefined) {
    return { text, target: { socketPath }, secure: false };
  }
  const match = /^(?:tcp|https?):\/\/(?:\[([0-9a-f:.]+)\]|([^:/[\]]+)):(\d{1,5})\/?$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) {
    throw new Unknown(`invalid address of a plugin: ${text}: expected unix:///path or tcp://host:port`);
  }
  return { text, target: { host, port: Number(match[3]), ...tls }, secure: tls !== undefined };
}

/**
 * The address in a file of plugin discovery: all of a `.spec`, of a `.json` its `Addr` with what `TLSConfig` names.
 * @throws Unknown
 */
export function addressIn(path: string): PluginAddress {
  try {
    const text = readFileSync(path, "utf8").trim();
    if (!path.endsWith(".json")) {
      return parseAddress(text);
    }
    const spec = JSON.parse(text) as { Addr?: string; TLSConfig?: Record<string, string | boolean> | null };
    return parseAddress(spec.Addr ?? "", spec.TLSConfig ? tlsOf(spec.TLSConfig) : undefined);
  } catch (cause) {
    throw new Unknown(`${path}: ${messageOf(cause)}`, { cause });
  }
}

function tlsOf(config: Record<string, string | boolean>): https.RequestOptions {
  const read = (key: string) => {
    const path = config[key];
    return typeof path === "string" && isAbsolute(path) ? readFileSync(path) : undefined;
  };
  const [ca, cert, key] = [read("CAFile"), read("CertFile"), read("KeyFile")];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: config["InsecureSkipVerify"] !== true,
  };
}

/** One call of the plugin protocol. @returns the answer's body, also of an error that is told in JSON */
export function callPlugin(address: PluginAddress, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { Accept: mediaType, "Content-Type": mediaType, "Content-Length": Buffer.byteLength(body) };
    const { request } = address.secure ? https : http;
    const outgoing = request(
      { ...address.target, path, method: "POST", headers, agent: false, timeout: patience },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (text.length > answerLimit) outgoing.destroy(new Error("the plugin's answer is too long"));
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const ok = answer.statusCode === 200;
          if (ok || /^\s*\{/.test(text)) resolve(text);
          else reject(new Error(text.trim() === "" ? `status ${answer.statusCode}` : text.trim()));
        });
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("the plugin does not answer")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A registry of Debian's package docker-registry on a loopback port, with storage of its own. */
export interface TestRegistry {
  /** `127.0.0.1:<port>` */
  host: string;
  stop: () => Promise<void>;
}

/** Why the registry tests cannot run here; undefined if they can. */
export function whyNoRegistry(): string | undefined {
  const missing = ["docker-registry", "skopeo"].filter((name) => spawnSync("which", [name]).status !== 0);
  return missing.length === 0 ? undefined : `needs the Debian packages ${missing.join(", ")}`;
}

/**
 * @param prefix a command that runs the registry, e.g. in a network namespace where the port is free too
 * @param http more of that section of its settings
 */
export async function startRegistry(auth?: string, prefix: readonly string[] = [], http = ""): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), "drydock-registry-"));
  const port = await freePort();
  const config = `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${directory}/data}}
http: {addr: "127.0.0.1:${port}"${http}}
${auth?.replaceAll("@directory@", directory) ?? ""}`;
  writeFileSync(join(directory, "config.yml"), config);
  if (auth?.includes("htpasswd") === true) {
    // user:secret, bcrypt
    writeFileSync(join(directory, "htpasswd"), "user:$2b$05$oDT1biuNNipdps.dkiW1D.rbIMReB374eONS5MxPHOnk/3SV4CzJm\n");
  }
  const command: string[] = [...prefix, "docker-registry", "serve", join(directory, "config.yml")];
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise((resolve) => child.on("exit", resolve));
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    rmSync(directory, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 200; attempt++) {
    const answers = await reached(prefix, port);
    if (answers) {
      return { host: `127.0.0.1:${port}`, stop };
    }
    await sleep(25);
  }
  await stop();
  throw new Error(`docker-registry did not start: ${log}`);
}

function reached(prefix: readonly string[], port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/v2/`;
  if (prefix.length === 0) {
    return fetch(url).then(
      () => true,
      () => false,
    );
  }
  const command: string[] = [...prefix, process.execPath, "-e", `await fetch("${url}")`];
  const [program = "", ...args] = command;
  return Promise.resolve(spawnSync(program, args, { stdio: "ignore" }).status === 0);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}

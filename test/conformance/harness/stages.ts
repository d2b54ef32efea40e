import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Engine, startReference } from "../../../bench/engines.ts";
import { startRegistry, type TestRegistry } from "../../integration/remotes/registry.ts";
import { Drydockd, type Outcome } from "../../suites/drydockd.ts";
import { run } from "../../suites/run.ts";
import { makeBaseImage } from "./base-image.ts";
import type { Stage } from "./play.ts";
import type { Session } from "./session.ts";

/** An engine to play sessions on, each in a state of its own. */
export interface Theatre {
  /** how many sessions it can play at a time */
  readonly parallel: number;
  withStage<T>(session: Session, play: (stage: Stage) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Drydock: a tenant for each session, with all that the operator may do. */
export async function openDrydock(docker: string): Promise<Theatre> {
  const engine = new Drydockd();
  let registry: Promise<TestRegistry> | undefined;
  let archive = "";
  try {
    archive = await makeBaseImage(engine.directory);
    await engine.start();
  } catch (error) {
    await engine.dispose();
    throw error;
  }
  return {
    parallel: 4,
    async withStage(session, play) {
      const tenant = await engine.tenant(tenantFor(session), "open");
      try {
        good(await run(docker, ["-H", `unix://${tenant.socket}`, "load", "-q", "-i", archive]));
        const literals = [
          [`/volumes/${tenant.id}/`, "/volumes/"],
          [tenant.socket, "<socket>"],
          [engine.dataDirectory, "<data>"],
          [engine.directory, "<engine>"],
        ] as const;
        const stage: Stage = { socket: tenant.socket, prefix: [], literals };
        if (session.needs?.includes("registry") === true) stage.registry = (await (registry ??= startRegistry())).host;
        return await play(stage);
      } finally {
        await engine.call("DELETE", `/drydock/v1/tenants/${tenant.id}`);
      }
    },
    async close() {
      await (await registry)?.stop();
      await engine.dispose();
    },
  };
}

/**
 * The distribution's dockerd, in a network namespace of its own (its bridge and its rules touch nobody else's), with
 * everything removed between sessions.
 * @throws Error when its packages cannot be had (which ones was told)
 */
export async function openDockerd(docker: string): Promise<Theatre & Pick<Engine, "version" | "pid" | "root">> {
  const dockerd = await startReference({ ownNetwork: true });
  if (dockerd === undefined) throw new Error("there is no dockerd to play on");
  const { root, socket, version, pid } = dockerd;
  const archive = await makeBaseImage(root);
  const client = (...args: string[]) => run(docker, ["-H", `unix://${socket}`, ...args]);
  const prefix = ["nsenter", `--net=/proc/${pid}/ns/net`];
  const literals = [
    [socket, "<socket>"],
    [join(root, "data"), "<data>"],
    [root, "<engine>"],
  ] as const;
  return {
    version,
    pid,
    root,
    parallel: 1,
    async withStage(session, play) {
      await empty(client);
      good(await client("load", "-q", "-i", archive));
      const stage: Stage = { socket, prefix, literals };
      if (session.needs?.includes("registry") !== true) return play(stage);
      const registry = await startRegistry(undefined, prefix);
      try {
        return await play({ ...stage, registry: registry.host });
      } finally {
        await registry.stop();
      }
    },
    async close() {
      await empty(client);
      await dockerd.stop();
    },
  };
}

/** A tenant's id, which tells the session (test/suites/openapi/hook.ts reads it). */
function tenantFor({ name }: Session): string {
  return `s-${name.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 32)}-${randomBytes(2).toString("hex")}`;
}

async function empty(client: (...args: string[]) => Promise<Outcome>): Promise<void> {
  const list = async (...args: string[]) =>
    good(await client(...args))
      .split("\n")
      .filter((line) => line !== "");
  const containers = await list("ps", "-aq");
  if (containers.length > 0) await client("rm", "-f", "-v", ...containers);
  const networks = await list("network", "ls", "-q", "-f", "type=custom");
  if (networks.length > 0) await client("network", "rm", ...networks);
  const volumes = await list("volume", "ls", "-q");
  if (volumes.length > 0) await client("volume", "rm", "-f", ...volumes);
  const images = await list("images", "-aq", "--no-trunc");
  if (images.length > 0) await client("rmi", "-f", ...new Set(images));
  await client("system", "prune", "-af", "--volumes");
}

function good({ status, stdout, stderr }: Outcome): string {
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout.trim();
}

/** Client's version in a word, e.g. `28.2.2`: what it prints is its own. */
export function clientVersion(docker: string): string {
  return /version ([\w.+~-]+)/.exec(execFileSync(docker, ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown";
}

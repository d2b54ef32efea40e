import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLineOf } from "../engine/runtime/command-line.ts";
import { CommandError } from "./command-error.ts";
import { engineAnswers } from "./engine-client.ts";
import { processEnvironment, type Settings } from "./settings.ts";
import { webProcesses } from "./webs.ts";

export function pidFile(settings: Settings): string {
  return join(settings.run, "supervisor.pid");
}

/** The process id of our running supervisor; a stale file (another program has the id now) does not count. */
export function supervisorPid(settings: Settings): number | undefined {
  const file = pidFile(settings);
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, "utf8"));
  return commandLineOf(pid).some((word) => word.includes("server/cli/supervisor.ts")) ? pid : undefined;
}

export function startSupervisor(settings: Settings): void {
  mkdirSync(join(settings.data, "log"), { recursive: true });
  const log = openSync(join(settings.data, "log/supervisor.log"), "a", 0o640);
  const supervisor = join(settings.checkout, "server/cli/supervisor.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", supervisor], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    // The flags of `up` win over its environment.
    env: { ...process.env, ...processEnvironment(settings) },
  });
  closeSync(log);
  child.unref();
}

export async function stopSupervisor(settings: Settings): Promise<void> {
  const pid = supervisorPid(settings);
  if (pid !== undefined) {
    process.kill(pid, "SIGTERM");
    await waitUntil(
      () => Promise.resolve(supervisorPid(settings) === undefined),
      40_000,
      () => `the supervisor (pid ${pid}) did not stop`,
    );
  }
  rmSync(pidFile(settings), { force: true });
}

/** All of them, where there are several. */
export async function webAnswers(settings: Settings): Promise<boolean> {
  const host = ["0.0.0.0", "::"].includes(settings.host) ? "127.0.0.1" : settings.host;
  const answers = await Promise.all(webProcesses(settings).map(({ port }) => answersOn(host, port)));
  return answers.every(Boolean);
}

function answersOn(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = get({ host, port, path: "/api/status", timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on("error", () => resolve(false));
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
  });
}

/** @throws CommandError when another program listens there */
export async function requireFreePort(settings: Settings): Promise<void> {
  const { host } = settings;
  for (const { port } of webProcesses(settings)) {
    const why = await whyNotFree(host, port);
    if (why === undefined) continue;
    throw new CommandError(
      `port ${port} on ${host} ${why}: choose another, for instance ./drydock up --port ${port + 1}`,
    );
  }
}

/** Why nothing can listen on a port; undefined if it can. */
export function whyNotFree(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "EADDRINUSE" ? "is taken by another program" : `cannot be listened on (${error.message})`);
    });
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}

/** A slow machine under load takes minutes; one that cannot start says so in the log that is quoted then. */
const startLimitMs = 300_000;

/** Until the supervisor that was just started has both of its processes, and both answer. */
export async function waitForBoth(settings: Settings): Promise<void> {
  const says = (name: string) => () =>
    `${name} does not answer. Its last words:\n${lastLines(join(settings.data, "log", `${name}.log`))}\n'sudo ./drydock doctor' looks for the cause; all of it: ./drydock logs`;
  await waitUntil(() => Promise.resolve(supervisorPid(settings) !== undefined), 30_000, says("supervisor"));
  await waitUntil(() => engineAnswers(settings), startLimitMs, says("drydockd"));
  await waitUntil(() => webAnswers(settings), startLimitMs, says("web"));
}

export function lastLines(file: string, count = 12): string {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-count).join("\n") : "(nothing)";
}

async function waitUntil(check: () => Promise<boolean>, limitMs: number, complaint: () => string): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await check())) {
    if (Date.now() > end) throw new CommandError(complaint());
    await sleep(200);
  }
}

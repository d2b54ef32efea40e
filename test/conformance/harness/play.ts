import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../suites/run.ts";
import { type Answer, Normaliser } from "./normalise.ts";
import { type CommandStep, type HttpStep, isCommand, type Session } from "./session.ts";

/** A Docker API with nothing in it but the image `busybox`. */
export interface Stage {
  socket: string;
  /** what is put before each command, e.g. to enter a network namespace */
  prefix: readonly string[];
  /** what stands for itself in its answers: [text, placeholder] */
  literals: readonly (readonly [string, string])[];
  /** `host:port` of a registry that it reaches */
  registry?: string;
}

/** The API version that both engines speak in a comparison: dockerd 20.10's. */
const apiVersion = "1.41";
/** after which a command is ended (status 124) */
const stepSeconds = "45";
/** dockerd looks for a plugin for 15 seconds */
const httpSeconds = 40;

/**
 * Goes through a session's steps. Commands find the client as `docker`, the session's directory as working directory,
 * `$BEGIN` and `$NOW` (for `docker events`) and `$REGISTRY`.
 * @param docker path of the docker client
 * @returns the normalised answers, in the order of the steps
 */
export async function play(session: Session, stage: Stage, docker: string): Promise<Answer[]> {
  const directory = mkdtempSync(join(tmpdir(), "ddp-"));
  try {
    const home = join(directory, "work");
    for (const [path, text] of Object.entries({ "../bin/.keep": "", ...session.files })) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    mkdirSync(home, { recursive: true });
    writeFileSync(join(directory, "bin/docker"), `#!/bin/sh\nexec ${docker} "$@"\n`, { mode: 0o755 });
    const literals = [[home, "<dir>"], [directory, "<dir>/.."], ...stage.literals] as const;
    const normaliser = new Normaliser(
      stage.registry === undefined ? literals : [...literals, [stage.registry, "<registry>"]],
      JSON.stringify([session.steps, session.files ?? {}]),
    );
    const begin = moment();
    const answers: Answer[] = [];
    for (const step of session.steps) {
      const env = {
        ...session.env,
        HOME: directory,
        PATH: `${join(directory, "bin")}:${process.env["PATH"] ?? ""}`,
        DOCKER_HOST: `unix://${stage.socket}`,
        DOCKER_API_VERSION: apiVersion,
        DOCKER_CONFIG: join(directory, "config"),
        SOCKET: stage.socket,
        REGISTRY: stage.registry ?? "",
        BEGIN: begin,
        NOW: moment(),
      };
      answers.push(
        isCommand(step)
          ? await playCommand(step, home, env, stage, normaliser)
          : await playHttp(step, stage, normaliser),
      );
    }
    return answers;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Seconds with nanoseconds, as `docker events --since` takes them. */
function moment(): string {
  const milliseconds = Date.now();
  return `${Math.floor(milliseconds / 1000)}.${String(milliseconds % 1000).padStart(3, "0")}000000`;
}

async function playCommand(
  step: CommandStep,
  directory: string,
  env: Record<string, string>,
  { prefix }: Stage,
  normaliser: Normaliser,
): Promise<Answer> {
  const command: string[] = [
    ...prefix,
    "timeout",
    "-k",
    "1",
    stepSeconds,
    "sh",
    "-c",
    `cd ${directory} && {\n${step.run}\n}`,
  ];
  const [program = "", ...args] = command;
  const { status, stdout, stderr } = await run(program, args, {
    env,
    ...(step.stdin === undefined ? {} : { input: step.stdin }),
  });
  return { status, stdout: normaliser.output(stdout, step), stderr: normaliser.output(stderr, step) };
}

function playHttp(step: HttpStep, stage: Stage, normaliser: Normaliser): Promise<Answer> {
  const [method = "GET", path = "/"] = step.http.split(" ");
  const versioned = /^\/v1\.\d+\/|^\/_ping$/.test(path) ? path : `/v${apiVersion}${path}`;
  const isText = typeof step.body === "string" || step.body === undefined;
  const body = isText ? (step.body as string | undefined) : JSON.stringify(step.body);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: stage.socket,
      method,
      path: versioned,
      agent: false,
      headers: {
        ...(body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) }),
        ...(isText ? {} : { "Content-Type": "application/json" }),
        ...step.headers,
      },
    });
    outgoing.setTimeout(httpSeconds * 1000, () =>
      outgoing.destroy(new Error(`${step.http}: no answer in ${httpSeconds} seconds`)),
    );
    outgoing.on("error", (error) => resolve({ status: 0, stdout: normaliser.text(error.message), stderr: "" }));
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const headers = ["content-type", ...(step.show ?? [])].map((name) => [name, response.headers[name] ?? null]);
        resolve({
          status: response.statusCode ?? 0,
          stdout: normaliser.output(Buffer.concat(chunks).toString("utf8"), step),
          stderr: normaliser.value(Object.fromEntries(headers)),
        });
      });
    });
    outgoing.end(body);
  });
}

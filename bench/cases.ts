import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { distributionClient } from "../test/suites/docker-clients.ts";
import type { Api } from "./api.ts";
import type { Engine } from "./engines.ts";
import { contextTar } from "./fixtures.ts";

/** One thing measured on both engines. `prepare` is not timed; `run` is. */
export interface Case {
  name: string;
  repeat: number;
  prepare?: (api: Api) => Promise<void>;
  run: (api: Api, round: number, engine: Pick<Engine, "socket">) => Promise<void>;
}

async function startToExit(api: Api, networkMode: string): Promise<void> {
  const { Id } = await api.json<{ Id: string }>("POST", "/containers/create", {
    Image: "bench",
    Cmd: ["true"],
    HostConfig: { NetworkMode: networkMode },
  });
  await api.call("POST", `/containers/${Id}/start`);
  await api.call("POST", `/containers/${Id}/wait`);
  await api.call("DELETE", `/containers/${Id}`);
}

async function execTrue(api: Api): Promise<void> {
  const { Id } = await api.json<{ Id: string }>("POST", "/containers/bench-exec/exec", {
    Cmd: ["true"],
    AttachStdout: true,
  });
  await api.call("POST", `/exec/${Id}/start`, { Detach: false, Tty: false });
}

function build(
  api: Api,
  tag: string,
  dockerfile: string,
  files: Record<string, string> = {},
  query = "",
): Promise<string> {
  return api.call("POST", `/build?t=${tag}${query}`, contextTar({ Dockerfile: dockerfile, ...files }));
}

const twentySteps = (salt: string) =>
  [
    "FROM bench",
    ...Array.from({ length: 20 }, (_, i) => `RUN echo ${salt}${i} > /f${i}`),
    ...Array.from({ length: 5 }, (_, i) => `COPY c${i} /c${i}`),
  ].join("\n");
const fiveFiles = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`c${i}`, `content ${i}`]));

const runProgram = promisify(execFile);

/** With the distribution's own CLI, which speaks the API of both. */
async function dockerRun(socket: string): Promise<void> {
  await runProgram(await distributionClient(), ["-H", `unix://${socket}`, "run", "--rm", "bench", "true"]);
}

export const cases: Case[] = [
  {
    name: "docker run --rm of true, stock CLI, bridge",
    repeat: 12,
    run: (_api, _round, { socket }) => dockerRun(socket),
  },
  { name: "create, start, wait, remove of true, network none", repeat: 20, run: (api) => startToExit(api, "none") },
  { name: "create, start, wait, remove of true, bridge", repeat: 20, run: (api) => startToExit(api, "bridge") },
  {
    name: "exec of true",
    repeat: 20,
    prepare: async (api) => {
      const { Id } = await api.json<{ Id: string }>("POST", "/containers/create?name=bench-exec", {
        Image: "bench",
        Cmd: ["sleep", "600"],
        HostConfig: { NetworkMode: "none" },
      });
      await api.call("POST", `/containers/${Id}/start`);
    },
    run: execTrue,
  },
  {
    name: "one RUN step",
    repeat: 8,
    run: async (api, round) => void (await build(api, "step", `FROM bench\nRUN echo ${round} > /f`)),
  },
  {
    name: "20 RUN + 5 COPY, cold",
    repeat: 3,
    run: async (api, round) => void (await build(api, "cold", twentySteps(`r${round}x`), fiveFiles)),
  },
  {
    name: "the same, cached",
    repeat: 10,
    prepare: async (api) => void (await build(api, "warm", twentySteps("w"), fiveFiles)),
    run: async (api) => void (await build(api, "warm", twentySteps("w"), fiveFiles)),
  },
];

import { randomUUID } from "node:crypto";
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { oldDockerClient, unpackedPackage } from "../../test/suites/docker-clients.ts";
import { run as runProgram } from "../../test/suites/run.ts";
import type { Engine } from "../engines.ts";

/** One builder as one kind of client reaches it. */
export interface Way {
  name: string;
  /** where its contexts must be */
  contexts: string;
  /** the context directory goes in; throws when the build fails */
  build(context: string, tag: string): Promise<void>;
  /** the same through HTTP alone, with a context of files that are in memory; undefined where there is no such way */
  buildTar?(context: Buffer, tag: string): Promise<void>;
  /** a container of that image, from its creation to its removal; undefined where it is not measured */
  run?(image: string, command: readonly string[]): Promise<void>;
  /** takes an image out of an archive; one without has the images of its engine */
  load?(archive: string): Promise<void>;
}

export async function waysOf(
  ours: Engine & { workspace: string },
  reference: Engine | undefined,
  scratch: string,
): Promise<Way[]> {
  const tar = (engine: Engine) => ({
    buildTar: async (context: Buffer, tag: string) => void (await engine.api.call("POST", `/build?t=${tag}`, context)),
    run: (image: string, command: readonly string[]) => plainRun(engine, image, command),
  });
  const client = (engine: Engine, buildkit: boolean) => ({
    contexts: scratch,
    build: (context: string, tag: string) => clientBuild(engine.socket, context, tag, buildkit),
  });
  return [
    {
      name: "drydock, page",
      contexts: ours.workspace,
      build: (context, tag) => pageBuild(ours.socket, ours.workspace, context, tag),
    },
    { name: "drydock, client", ...client(ours, false), ...tar(ours) },
    ...(reference === undefined
      ? []
      : [
          { name: "classic", ...client(reference, false), ...tar(reference) },
          {
            name: "BuildKit",
            ...client(reference, true),
            buildTar: (context: Buffer, tag: string) => buildkitTar(reference, context, tag),
          },
        ]),
    ...(await daemonless(scratch)),
  ];
}

async function clientBuild(socket: string, context: string, tag: string, buildkit: boolean): Promise<void> {
  const { status, stderr } = await runProgram(await oldDockerClient(), ["build", "-q", "-t", tag, context], {
    env: { DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: buildkit ? "1" : "0", DOCKER_CONFIG: tmpdir() },
  });
  if (status !== 0) throw new Error(stderr);
}

/** The page's builds read the workspace where it is. */
async function pageBuild(socket: string, workspace: string, context: string, tag: string): Promise<void> {
  const contextPath = context.slice(workspace.length + 1);
  const started = await call(socket, "POST", "/drydock/v1/builds", JSON.stringify({ contextPath, tags: [tag] }));
  const { id } = JSON.parse(started) as { id: string };
  // the stream ends with the build
  const events = await call(socket, "GET", `/drydock/v1/builds/${id}/events?from=0`);
  if (!events.includes('"type":"completed"')) throw new Error(events.slice(-2000));
}

/** dockerd's own way to give BuildKit a tar (`docker build - <tar`): one call waits for the other's body. */
async function buildkitTar({ api }: Engine, context: Buffer, tag: string): Promise<void> {
  const id = randomUUID();
  const asked = api.call("POST", `/build?version=2&buildid=${id}&remote=upload-request&t=${tag}`);
  await Promise.all([asked, api.call("POST", `/build?version=2&buildid=upload-request%3A${id}`, context)]);
}

async function plainRun({ api }: Engine, image: string, command: readonly string[]): Promise<void> {
  const { Id } = await api.json<{ Id: string }>("POST", "/containers/create", { Image: image, Cmd: command });
  await api.call("POST", `/containers/${Id}/start`);
  const { StatusCode } = await api.json<{ StatusCode: number }>("POST", `/containers/${Id}/wait`);
  await api.call("DELETE", `/containers/${Id}`);
  if (StatusCode !== 0) throw new Error(`${command.join(" ")}: exit status ${StatusCode}`);
}

/**
 * buildah and podman out of Debian's packages, unpacked and not installed. Their steps have the machine's network, which
 * costs them least, and runc, as dockerd's do: crun 1.8 refuses machines with both versions of control groups.
 */
async function daemonless(scratch: string): Promise<Way[]> {
  const home = join(scratch, "containers");
  const runc = join(await unpackedPackage("runc"), "usr/sbin/runc");
  const conmon = join(await unpackedPackage("conmon"), "usr/bin/conmon");
  mkdirSync(home, { recursive: true });
  const write = (name: string, text: string): string => {
    writeFileSync(join(home, name), text);
    return join(home, name);
  };
  const policy = write("policy.json", '{"default":[{"type":"insecureAcceptAnything"}]}');
  const env = {
    CONTAINERS_CONF: write(
      "containers.conf",
      `[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\nconmon_path = ["${conmon}"]\n[engine.runtimes]\nrunc = ["${runc}"]\n`,
    ),
    CONTAINERS_REGISTRIES_CONF: write("registries.conf", 'unqualified-search-registries = ["localhost"]\n'),
    CONTAINERS_STORAGE_CONF: write(
      "storage.conf",
      `[storage]\ndriver = "overlay"\ngraphroot = "${home}/storage"\nrunroot = "${home}/run"\n`,
    ),
    BUILDAH_RUNTIME: runc,
    LD_LIBRARY_PATH: await librarySubid(),
  };
  const ways: Way[] = [];
  for (const name of ["buildah", "podman"] as const) {
    let program: string;
    try {
      program = join(await unpackedPackage(name), "usr/bin", name);
    } catch (error) {
      console.error(`no ${name}: ${(error as Error).message}`);
      continue;
    }
    const must = async (...args: string[]): Promise<void> => {
      const { status, stderr } = await runProgram(program, args, { env });
      if (status !== 0) throw new Error(`${name} ${args.join(" ")}: ${stderr}`);
    };
    try {
      await must("--version");
    } catch (error) {
      console.error(`no ${name}: ${(error as Error).message}`);
      continue;
    }
    const build = ["build", "--layers", "--network=host", "--isolation=oci", `--signature-policy=${policy}`, "-q"];
    ways.push({
      name,
      contexts: scratch,
      build: (context, tag) => must(...build, "-t", tag, context),
      // the two have one storage: what one has loaded, the other has too
      load: (archive) => must("pull", "-q", `--signature-policy=${policy}`, `docker-archive:${archive}`),
    });
  }
  return ways;
}

function call(socketPath: string, method: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${text}`));
        else resolve(text);
      });
    });
    outgoing.on("error", reject);
    outgoing.setHeader("Content-Type", "application/json");
    outgoing.end(body);
  });
}

/** Where podman's library for ranges of ids is: an unpacked podman does not bring it, and not every machine has it. */
async function librarySubid(): Promise<string> {
  const reasons: string[] = [];
  for (const name of ["libsubid4", "libsubid5"]) {
    try {
      return globSync(join(await unpackedPackage(name), "{usr/,}lib/*/libsubid.so.*"))
        .map(dirname)
        .join(":");
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(`podman's library libsubid is not to be had: ${reasons.join("; ")}`);
}

import { workstationImage, workstationRole } from "../../contract/extension-api.ts";
import { workstation } from "../../contract/playground-api.ts";
import type { DockerClient } from "../client/docker-client.ts";
import { Problem } from "../http/problem.ts";

/**
 * Puts the API where tutorials have it, too; then waits for ever, ends at once when told to, and takes in the orphans of its
 * terminals.
 */
const idle =
  "ln -sf /run/drydock/docker.sock /var/run/docker.sock; trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done";

/**
 * The learner's own small machine: makes and starts it if need be, and returns its container's id. The policy of
 * every tenant allows these two binds: the workspace's files, and the directory of the tenant's own socket.
 */
async function ensureWorkstation(docker: DockerClient): Promise<string> {
  const known = await find(docker);
  if (known?.running) return known.id;
  const id = known?.id ?? (await create(docker));
  try {
    await docker.act(id, "start");
  } catch (error) {
    // Two tabs at once: the other one started it.
    if (!(error instanceof Problem && error.status === 304)) throw error;
  }
  return id;
}

/** Takes it away with what was changed and installed in it. The files of /workspace stay; the next terminal makes it anew. */
export async function removeWorkstation(docker: DockerClient): Promise<void> {
  try {
    await docker.remove(workstation);
  } catch (error) {
    if (!(error instanceof Problem && error.status === 404)) throw error;
  }
}

/** What the engine answers when it is the workstation itself that cannot: no shell, does not start, has ended at once. */
const broken: ReadonlySet<number> = new Set([400, 409, 500]);

/** Runs `use` with the workstation's id. @throws Problem that says when it is past use: `rm -rf /` is a lesson too */
export async function inWorkstation<Result>(
  docker: DockerClient,
  use: (id: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(await ensureWorkstation(docker));
  } catch (cause) {
    if (!(cause instanceof Problem && broken.has(cause.status))) throw cause;
    throw new Problem(cause.status, `Your workstation can open no terminal: ${cause.message}`, {
      cause,
      reason: "workstation-broken",
    });
  }
}

async function find(docker: DockerClient): Promise<{ id: string; running: boolean } | undefined> {
  try {
    return await docker.inspect(workstation);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

async function create(docker: DockerClient, pulled = false): Promise<string> {
  try {
    return await docker.create(
      {
        Image: workstationImage,
        Cmd: ["bash", "-c", idle],
        Hostname: workstation,
        WorkingDir: "/workspace",
        Env: ["DOCKER_HOST=unix:///run/drydock/docker.sock"],
        Labels: { [workstationRole.label]: workstationRole.value },
        HostConfig: { Binds: ["/workspace:/workspace", "/run/drydock:/run/drydock"] },
      },
      workstation,
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 409) {
      const other = await find(docker);
      if (other !== undefined) return other.id;
    }
    if (error.status !== 404 || pulled) throw error;
    await pull(docker);
    return create(docker, true);
  }
}

/** The engine has the image ready for everyone; a tenant's first use takes it over. */
async function pull(docker: DockerClient): Promise<void> {
  try {
    await docker.pull(workstationImage);
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause;
    throw new Problem(503, `The workstation's image is not ready: ${cause.message}. Try again in a moment.`, { cause });
  }
}

import { workstation } from "../../contract/playground-api.ts";
import type { DockerClient } from "../client/docker-client.ts";
import { Problem } from "../http/problem.ts";

const image = "drydock/workstation";

/**
 * The learner's own small machine: makes and starts it if need be, and returns its container's id. The policy of
 * every tenant allows these two binds: the workspace's files, and the directory of the tenant's own socket.
 */
export async function ensureWorkstation(docker: DockerClient): Promise<string> {
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

async function find(docker: DockerClient): Promise<{ id: string; running: boolean } | undefined> {
  try {
    return await docker.inspect(workstation);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

async function create(docker: DockerClient): Promise<string> {
  try {
    return await docker.create(
      {
        Image: image,
        Cmd: ["sleep", "infinity"],
        Hostname: workstation,
        WorkingDir: "/workspace",
        Env: ["DOCKER_HOST=unix:///run/drydock/docker.sock"],
        Labels: { "drydock.role": workstation },
        HostConfig: { Binds: ["/workspace:/workspace", "/run/drydock:/run/drydock"], Init: true },
      },
      workstation,
    );
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 409) {
      const other = await find(docker);
      if (other !== undefined) return other.id;
    }
    if (error.status === 404) {
      throw new Problem(503, "The workstation's image is still being prepared. Try again in a moment.", {
        cause: error,
      });
    }
    throw error;
  }
}

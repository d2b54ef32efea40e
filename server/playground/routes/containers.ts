import { containerActions, runContainerSchema, workstation } from "../../contract/playground-api.ts";
import { stepLabel } from "../../contract/build-record.ts";
import type { ImageView } from "../../contract/playground-api.ts";
import type { CreateContainer, DockerClient, ListedImage } from "../client/docker-client.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import { Problem } from "../http/problem.ts";
import type { Route } from "../http/router.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export function containerRoutes(context: WorkspaceContext): Route[] {
  return [
    {
      method: "POST",
      pattern: "/api/w/:workspace/containers",
      access: "editor",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        const { image, name, cmd, env } = await readJson(route.request, runContainerSchema);
        if (name === workstation) throw new Problem(409, "That name is taken by your own workstation: choose another.");
        const body = { Image: image, ...(cmd ? { Cmd: cmd } : {}), ...(env ? { Env: env } : {}) };
        const id = await createOrPull(docker, body, name);
        await startOrRemove(docker, id);
        sendJson(route.response, 201, { id });
      },
    },
    ...containerActions.map((action): Route => ({
      method: "POST",
      pattern: `/api/w/:workspace/containers/:container/${action}`,
      access: "editor",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        await docker.act(param(route, "container"), action);
        sendNothing(route.response);
      },
    })),
    {
      method: "DELETE",
      pattern: "/api/w/:workspace/containers/:container",
      access: "editor",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        await docker.remove(param(route, "container"));
        sendNothing(route.response);
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/images",
      access: "viewer",
      handle: async (route) => {
        const { docker } = await context.tenant(route);
        const images = await docker.images();
        sendJson(route.response, 200, images.filter((image) => !isOfShell(image)).map(toImageView));
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/activity",
      access: "editor",
      handle: async (route) => {
        await context.workspace(route);
        sendNothing(route.response);
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/limits",
      access: "viewer",
      handle: async (route) => sendJson(route.response, 200, await (await context.tenant(route)).limits()),
    },
  ];
}

/** As `docker run` does: an image that is not there is pulled. */
async function createOrPull(docker: DockerClient, body: CreateContainer, name: string | undefined): Promise<string> {
  try {
    return await docker.create(body, name);
  } catch (error) {
    if (!(error instanceof Problem && error.status === 404)) throw error;
    await docker.pull(body.Image);
    return docker.create(body, name);
  }
}

/** A container that cannot start (no such command) would only be in the way: its error is what the learner needs. */
async function startOrRemove(docker: DockerClient, id: string): Promise<void> {
  try {
    await docker.act(id, "start");
  } catch (error) {
    await docker.remove(id).catch((removal: unknown) => console.error(`Container ${id} stays behind.`, removal));
    throw error;
  }
}

/** That of a shell in a step of a build: no learner has made it, and it goes with its shell. */
function isOfShell(image: ListedImage): boolean {
  return image.Labels?.[stepLabel] !== undefined && namesOf(image).length === 0;
}

function namesOf({ RepoTags }: ListedImage): string[] {
  return (RepoTags ?? []).filter((name) => name !== "<none>:<none>");
}

function toImageView(image: ListedImage): ImageView {
  const { Id, Size, Created } = image;
  return { id: Id, names: namesOf(image), size: Size, createdAt: Created * 1000 };
}

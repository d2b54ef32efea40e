import type { IncomingMessage } from "node:http";
import type { TenantClient } from "../client/tenant-client.ts";
import type { RouteContext } from "../http/router.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Workspace } from "../workspaces/workspace-repository.ts";
import type { WorkspaceService } from "../workspaces/workspace-service.ts";

/** For routes beneath `/api/w/:workspace`: who asks, and may they. */
export class WorkspaceContext {
  readonly #sessions: Sessions;
  readonly #workspaces: WorkspaceService;
  /** what a request was found to be about */
  readonly #asked = new WeakMap<IncomingMessage, Promise<Workspace>>();

  constructor(sessions: Sessions, workspaces: WorkspaceService) {
    this.#sessions = sessions;
    this.#workspaces = workspaces;
  }

  /** The workspace of the path, if it is the session's own; otherwise 404. */
  workspace({ request, params }: Pick<RouteContext, "request" | "params">): Promise<Workspace> {
    const known = this.#asked.get(request);
    if (known !== undefined) return known;
    const asked = this.#authorize(request, params["workspace"] ?? "");
    this.#asked.set(request, asked);
    return asked;
  }

  /** A client for that workspace's tenant. */
  async tenant(context: Pick<RouteContext, "request" | "params">): Promise<TenantClient> {
    return this.#workspaces.tenant(await this.workspace(context));
  }

  async #authorize(request: IncomingMessage, id: string): Promise<Workspace> {
    const workspace = await this.#workspaces.authorize(this.owner(request), id);
    // What a page asks for by itself is no activity.
    if (request.method !== "GET") this.#workspaces.touch(workspace.id);
    return workspace;
  }

  owner(request: IncomingMessage): string | undefined {
    return this.#sessions.read(request);
  }
}

/** A `:name` part of the path; the router has seen to it that it is there. */
export function param({ params }: RouteContext, name: string): string {
  return params[name] ?? "";
}

import type { IncomingMessage } from "node:http";
import type { Role } from "../../contract/together.ts";
import { allows } from "../../contract/together.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";
import { Rates } from "../http/rates.ts";
import type { RouteContext } from "../http/router.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { AdmittedWorkspace, WorkspaceService } from "../workspaces/workspace-service.ts";

/** Requests of one session about its workspaces; at once, and per second on the long run. */
const requests = { burst: 1000, perSecond: 100 };

/** For routes beneath `/api/w/:workspace`: who asks, and may they. */
export class WorkspaceContext {
  readonly #sessions: Sessions;
  readonly #workspaces: WorkspaceService;
  readonly #rates = new Rates(requests);
  /** what a request was found to be about */
  readonly #admitted = new WeakMap<IncomingMessage, AdmittedWorkspace>();

  constructor(sessions: Sessions, workspaces: WorkspaceService) {
    this.#sessions = sessions;
    this.#workspaces = workspaces;
  }

  /** The router's gate. @throws Problem 404 for who is nobody in the workspace of the path, 403 for who is less, 429 */
  async admit({ request, params }: Pick<RouteContext, "request" | "params">, least: Role): Promise<void> {
    const asking = this.#sessions.read(request);
    if (asking !== undefined && !this.#rates.take(asking)) {
      throw new Problem(429, "This page asks for more than this server answers: wait a moment, and try again.");
    }
    const workspace = await this.#workspaces.authorize(asking, params["workspace"] ?? "", least);
    // What a page asks for by itself is no activity, nor is looking on.
    if (request.method !== "GET" && allows(workspace.role, "editor")) this.#workspaces.touch(workspace.id);
    this.#admitted.set(request, workspace);
  }

  /** The workspace of the path, and who asks for it. */
  workspace({ request }: Pick<RouteContext, "request">): Promise<AdmittedWorkspace> {
    const admitted = this.#admitted.get(request);
    return admitted === undefined
      ? Promise.reject(new Error("a route of a workspace was served past the gate"))
      : Promise.resolve(admitted);
  }

  /** A client for that workspace's tenant. */
  async tenant(context: Pick<RouteContext, "request">): Promise<TenantClient> {
    return this.#workspaces.tenant(await this.workspace(context));
  }
}

/** A `:name` part of the path; the router has seen to it that it is there. */
export function param({ params }: RouteContext, name: string): string {
  return params[name] ?? "";
}

import { shareWorkspaceSchema, snippetIdPattern } from "../../contract/playground-api.ts";
import type { Snippet } from "../../contract/playground-api.ts";
import type { LiveSnippet } from "../../contract/sharing.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import { Problem } from "../http/problem.ts";
import type { Route } from "../http/router.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { recordSnippet } from "../snippets/snippet-recorder.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";
import { parentSnippet } from "../workspaces/first-files.ts";
import type { WorkspaceService } from "../workspaces/workspace-service.ts";
import type { NewcomerLimit } from "./newcomer-limit.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

/** Versions that are told of, from the asked one back. */
const mostVersions = 30;
/** What one session may have shared: as many as it is shown, and so many characters. They are kept for good. */
const mostShared = { count: 100, length: 32 * 1024 * 1024 };

export interface SnippetRouteParts {
  context: WorkspaceContext;
  sessions: Sessions;
  snippets: SnippetRepository;
  workspaces: WorkspaceService;
  newcomers: NewcomerLimit;
}

export function snippetRoutes(parts: SnippetRouteParts): Route[] {
  const { context, sessions, snippets, workspaces, newcomers } = parts;
  const find = async (id: string): Promise<Snippet> => {
    const snippet = snippetIdPattern.test(id) ? await snippets.find(id) : undefined;
    if (snippet === "revoked") {
      throw new Problem(
        410,
        "What was shared here has been taken back, by whoever shared it or runs this server, and is not kept.",
      );
    }
    if (snippet === undefined) throw new Problem(404, "There is no snippet under this link. Is it complete?");
    return snippet;
  };
  const sharing = new Set<string>();
  /** One after the other, or many would pass the limit together. @throws Problem 429 */
  const inTurn = async (session: string, share: () => Promise<void>): Promise<void> => {
    if (sharing.has(session)) throw new Problem(429, "Something is being shared by this browser: wait for it.");
    sharing.add(session);
    try {
      const { count, length } = await snippets.sizeOf(session);
      if (count >= mostShared.count || length >= mostShared.length) {
        throw new Problem(429, "This browser has shared as much as one may here: take something back first.");
      }
      await share();
    } finally {
      sharing.delete(session);
    }
  };
  return [
    {
      method: "POST",
      pattern: "/api/w/:workspace/snippets",
      access: "editor",
      handle: async (route) => {
        const workspace = await context.workspace(route);
        const tenant = await context.tenant(route);
        const options = await readJson(route.request, shareWorkspaceSchema);
        const title = options.title || workspace.name;
        await inTurn(workspace.session, async () => {
          const snippet = await recordSnippet(tenant, { ...options, title, parent: parentSnippet(workspace) });
          await snippets.create(snippet, workspace.session);
          await workspaces.shared(workspace, snippet.id);
          sendJson(route.response, 201, { id: snippet.id });
        });
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/snippets",
      access: "editor",
      handle: async (route) => {
        const { session } = await context.workspace(route);
        sendJson(route.response, 200, await snippets.ofOwner(session));
      },
    },
    {
      method: "DELETE",
      pattern: "/api/w/:workspace/snippets/:snippet",
      access: "editor",
      handle: async (route) => {
        const { session } = await context.workspace(route);
        if (!(await snippets.revoke(param(route, "snippet"), session))) {
          throw new Problem(404, "This browser has shared no such snippet, or has taken it back already.");
        }
        sendNothing(route.response);
      },
    },
    {
      method: "GET",
      pattern: "/api/snippets/:snippet",
      access: "anyone",
      handle: async (route) => sendJson(route.response, 200, await find(param(route, "snippet"))),
    },
    {
      method: "GET",
      pattern: "/api/snippets/:snippet/versions",
      access: "anyone",
      handle: async (route) => {
        const { id } = await find(param(route, "snippet"));
        sendJson(route.response, 200, await snippets.versions(id, mostVersions));
      },
    },
    {
      method: "POST",
      pattern: "/api/snippets/:snippet/fork",
      access: "anyone",
      handle: async (route) => {
        const snippet = await find(param(route, "snippet"));
        await newcomers.admit(route.request);
        const owner = sessions.ensure(route.request, route.response);
        sendJson(route.response, 201, await workspaces.fork(owner, snippet));
      },
    },
    {
      method: "POST",
      pattern: "/api/snippets/:snippet/live",
      access: "anyone",
      handle: async (route) => {
        const snippet = await find(param(route, "snippet"));
        await newcomers.admit(route.request);
        const { id, token } = sessions.makeFramed();
        const live: LiveSnippet = { token, workspace: await workspaces.fork(id, snippet) };
        sendJson(route.response, 201, live);
      },
    },
  ];
}

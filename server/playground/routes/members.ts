import {
  acceptInvitationSchema,
  changeMemberSchema,
  inviteSchema,
  lookAtInvitationSchema,
  ownerMember,
} from "../../contract/together.ts";
import { readJson, sendJson, sendNothing } from "../http/body.ts";
import type { Route } from "../http/router.ts";
import type { Membership } from "../members/membership.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Rooms } from "../together/room.ts";
import type { WorkspaceService } from "../workspaces/workspace-service.ts";
import { param } from "./workspace-context.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

export interface MemberRouteParts {
  context: WorkspaceContext;
  sessions: Sessions;
  workspaces: WorkspaceService;
  membership: Membership;
  rooms: Rooms;
}

/** Who is in a workspace, and how they come in (contract/together.ts). */
export function memberRoutes({ context, sessions, workspaces, membership, rooms }: MemberRouteParts): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/w/:workspace/members",
      access: "viewer",
      handle: async (route) => {
        const workspace = await context.workspace(route);
        sendJson(route.response, 200, await membership.list(workspace, workspace.session));
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/members/:member",
      access: "owner",
      handle: async (route) => {
        const { role } = await readJson(route.request, changeMemberSchema);
        await membership.change(await context.workspace(route), param(route, "member"), role);
        sendNothing(route.response);
      },
    },
    {
      method: "DELETE",
      pattern: "/api/w/:workspace/members/:member",
      access: "owner",
      handle: async (route) => {
        await membership.remove(await context.workspace(route), param(route, "member"));
        sendNothing(route.response);
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/leave",
      access: "viewer",
      handle: async (route) => {
        const workspace = await context.workspace(route);
        await membership.leave(workspace, workspace.session);
        sendNothing(route.response);
      },
    },
    {
      method: "GET",
      pattern: "/api/w/:workspace/invitations",
      access: "owner",
      handle: async (route) => {
        sendJson(route.response, 200, await membership.invitations(await context.workspace(route)));
      },
    },
    {
      method: "POST",
      pattern: "/api/w/:workspace/invitations",
      access: "owner",
      handle: async (route) => {
        const { role } = await readJson(route.request, inviteSchema);
        sendJson(route.response, 201, await membership.invite(await context.workspace(route), role));
      },
    },
    {
      method: "DELETE",
      pattern: "/api/w/:workspace/invitations/:invitation",
      access: "owner",
      handle: async (route) => {
        await membership.revoke(await context.workspace(route), param(route, "invitation"));
        sendNothing(route.response);
      },
    },
    {
      method: "POST",
      pattern: "/api/invitations/look",
      access: "anyone",
      handle: async ({ request, response }) => {
        const { token } = await readJson(request, lookAtInvitationSchema);
        const invited = await membership.workspaceOf(token);
        const inviter = rooms.of(invited.workspace).nameOf(ownerMember);
        const card = await workspaces.invitedTo(invited);
        sendJson(response, 200, inviter === "" ? card : { ...card, inviter });
      },
    },
    {
      method: "POST",
      pattern: "/api/invitations/accept",
      access: "anyone",
      handle: async ({ request, response }) => {
        const { token, name } = await readJson(request, acceptInvitationSchema);
        // A cookie is set for a link that leads somewhere only.
        const invited = await membership.workspaceOf(token);
        sendJson(response, 200, await workspaces.join(sessions.ensure(request, response), invited, name));
      },
    },
  ];
}

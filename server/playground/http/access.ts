import type { Role } from "../../contract/together.ts";

/**
 * Who may use a route or a socket event; declared beside each of them, and asked by the router and the socket before
 * anything of it runs.
 *
 * - `anyone`: nothing of a workspace is shown or changed; what the route needs beyond that it asks itself
 * - a role: who is at least that in the workspace of the path, or of the socket. Who is nothing in it is told 404,
 *   whether it exists or not; who is less is told 403
 */
export type Access = "anyone" | Role;

/** What who is less than that is told. */
export const refusals: Readonly<Record<Role, string>> = {
  viewer: "That is for members of this workspace.",
  editor: "You are here to look: whoever owns this workspace can let you edit it.",
  owner: "That is for the owner of this workspace.",
};

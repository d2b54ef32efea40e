/**
 * Several people in one workspace: who may what, and how they come in. HTTP, as in playground-api.ts:
 *
 * | route | body → answer |
 * |---|---|
 * | GET    /api/w/{id}/members              | → MemberView[]: the owner first, then as they came |
 * | POST   /api/w/{id}/members/{id}         | ChangeMember → 204 |
 * | DELETE /api/w/{id}/members/{id}         | → 204 |
 * | POST   /api/w/{id}/leave                | → 204 |
 * | GET, POST /api/w/{id}/invitations       | → InvitationView[]; Invite → NewInvitation |
 * | DELETE /api/w/{id}/invitations/{id}     | → 204: the link leads nowhere from now on; who came by it stays |
 * | POST   /api/invitations/look            | LookAtInvitation → InvitationCard: where it leads, before it is accepted |
 * | POST   /api/invitations/accept          | AcceptInvitation → WorkspaceView |
 *
 * A link of an invitation is `/join#{token}`: a fragment is sent to no server and kept in no log. The page exchanges it for
 * the session's membership, and from then on the cookie is the key, as it is the owner's.
 */
import { z } from "zod";

/**
 * What somebody is in a workspace; who is a later one may all that the earlier ones may.
 *
 * - `viewer`: sees all of it, changes and runs nothing
 * - `editor`: as the owner, but for who else is here and for the workspace itself
 * - `owner`: the session that made it
 */
export const roles = ["viewer", "editor", "owner"] as const;
export type Role = (typeof roles)[number];

/** Whether who is `role` may what needs `least`. */
export function allows(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

export const invitedRoles = ["viewer", "editor"] as const;
export type InvitedRole = (typeof invitedRoles)[number];

/** How somebody wants to be called; empty: not told. Nothing in it that is not seen. */
export const personNameSchema = z
  .string()
  .max(200)
  .transform((name) => name.replaceAll(/\p{C}/gu, "").trim().slice(0, 40).toWellFormed());

export const inviteSchema = z.object({ role: z.enum(invitedRoles) });
export const changeMemberSchema = z.object({ role: z.enum(invitedRoles) });
export const lookAtInvitationSchema = z.object({ token: z.string().regex(/^[A-Za-z0-9_-]{32}$/) });
export type LookAtInvitation = z.input<typeof lookAtInvitationSchema>;
export const acceptInvitationSchema = lookAtInvitationSchema.extend({
  name: personNameSchema.refine((name) => name !== "", "others see it there: it cannot be empty"),
});
export type AcceptInvitation = z.input<typeof acceptInvitationSchema>;

/** What whoever has an invitation's link is told of it. */
export interface InvitationCard {
  /** the workspace's name */
  workspace: string;
  role: InvitedRole;
  /** how the owner is called, who alone can invite; absent: not here now, or without a name */
  inviter?: string;
}

/** The id of a workspace's owner among its members. */
export const ownerMember = "owner";

/** Somebody who may come into the workspace. */
export interface MemberView {
  /** `owner`, or one that tells nothing of the session */
  id: string;
  name: string;
  role: Role;
  /** whoever asks */
  you: boolean;
}

/** A link that can be taken back. */
export interface InvitationView {
  id: string;
  role: InvitedRole;
  /** ms since the epoch */
  createdAt: number;
}

export interface NewInvitation extends InvitationView {
  /** told this once: only what it hashes to is kept */
  token: string;
}

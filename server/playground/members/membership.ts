import { createHash, randomBytes } from "node:crypto";
import type { InvitationView, InvitedRole, MemberView, NewInvitation, Role } from "../../contract/together.ts";
import { allows, ownerMember } from "../../contract/together.ts";
import { Problem } from "../http/problem.ts";
import type { Workspace } from "../workspaces/workspace-repository.ts";
import type { InvitationRepository, Member, MemberRepository } from "./member-repository.ts";

/** Somebody in a workspace: the session, and what others know it by. */
export interface Somebody {
  id: string;
  session: string;
  role: Role;
  name: string;
}

type OwnedWorkspace = Pick<Workspace, "id" | "owner">;
/** @param role undefined: no member any more */
type Listener = (workspace: string, session: string, role: InvitedRole | undefined) => void;

const mostMembers = 50;
const mostInvitations = 20;

/** Who may come into a workspace beside its owner, and the links by which they come. */
export class Membership {
  readonly #members: MemberRepository;
  readonly #invitations: InvitationRepository;
  readonly #listeners = new Set<Listener>();

  constructor(members: MemberRepository, invitations: InvitationRepository) {
    this.#members = members;
    this.#invitations = invitations;
  }

  /** Called when a member's role has changed, or it is none any more. Returns a function that ends that. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Who the session is in the workspace; undefined: nobody. */
  async find(workspace: OwnedWorkspace, session: string): Promise<Somebody | undefined> {
    if (session === workspace.owner) return { id: ownerMember, session, role: "owner", name: "" };
    return this.#members.find(workspace.id, session);
  }

  /** The workspaces that the session came into. */
  async joined(session: string): Promise<Member[]> {
    return this.#members.ofSession(session);
  }

  async list(workspace: OwnedWorkspace, asking: string): Promise<MemberView[]> {
    const owner: MemberView = { id: ownerMember, name: "", role: "owner", you: asking === workspace.owner };
    const members = await this.#members.ofWorkspace(workspace.id);
    return [owner, ...members.map(({ id, name, role, session }) => ({ id, name, role, you: session === asking }))];
  }

  /** @throws Problem 404 */
  async change(workspace: OwnedWorkspace, id: string, role: InvitedRole): Promise<void> {
    const member = await this.#byId(workspace, id);
    await this.#members.save({ ...member, role });
    this.#tell(workspace.id, member.session, role);
  }

  /** @throws Problem 404 */
  async remove(workspace: OwnedWorkspace, id: string): Promise<void> {
    await this.leave(workspace, (await this.#byId(workspace, id)).session);
  }

  /** @throws Problem 409 for the owner, without whom there is no workspace */
  async leave(workspace: OwnedWorkspace, session: string): Promise<void> {
    if (session === workspace.owner) throw new Problem(409, "A workspace is its owner's: only others can leave it.");
    await this.#members.remove(workspace.id, session);
    this.#tell(workspace.id, session, undefined);
  }

  /** How a member wants to be called. The owner's name is known while it is here, and may be none. */
  async rename(workspace: OwnedWorkspace, session: string, name: string): Promise<void> {
    const member = await this.#members.find(workspace.id, session);
    if (member !== undefined && name !== "" && member.name !== name) await this.#members.save({ ...member, name });
  }

  async invitations({ id: workspace }: OwnedWorkspace): Promise<InvitationView[]> {
    const all = await this.#invitations.ofWorkspace(workspace);
    return all.map(({ id, role, createdAt }) => ({ id, role, createdAt }));
  }

  /** @throws Problem 429 when there are too many links already */
  async invite({ id: workspace }: OwnedWorkspace, role: InvitedRole): Promise<NewInvitation> {
    if ((await this.#invitations.ofWorkspace(workspace)).length >= mostInvitations) {
      throw new Problem(429, `There are ${mostInvitations} links already: take one back first.`);
    }
    const token = randomBytes(24).toString("base64url");
    const invitation = { id: `i${randomBytes(6).toString("hex")}`, role, createdAt: Date.now() };
    await this.#invitations.create({ ...invitation, workspace, tokenHash: hash(token) });
    return { ...invitation, token };
  }

  async revoke({ id: workspace }: OwnedWorkspace, id: string): Promise<void> {
    await this.#invitations.remove(workspace, id);
  }

  /** The workspace that a link leads to. @throws Problem 404 when it leads nowhere, or no more */
  async workspaceOf(token: string): Promise<{ workspace: string; role: InvitedRole }> {
    const found = await this.#invitations.findByToken(hash(token));
    if (found === undefined) {
      throw new Problem(404, "This invitation does not exist, or was taken back. Ask for a new link.");
    }
    return found;
  }

  /** The session becomes a member; who is one already gets more by a link, never less. @throws Problem 429 */
  async accept(workspace: OwnedWorkspace, session: string, role: InvitedRole, name: string): Promise<void> {
    if (session === workspace.owner) return;
    const known = await this.#members.find(workspace.id, session);
    if (known === undefined && (await this.#members.ofWorkspace(workspace.id)).length >= mostMembers) {
      throw new Problem(429, `This workspace has ${mostMembers} members already: its owner can remove some.`);
    }
    const best = known !== undefined && allows(known.role, role) ? known.role : role;
    const { id, joinedAt } = known ?? { id: `m${randomBytes(6).toString("hex")}`, joinedAt: Date.now() };
    await this.#members.save({ workspace: workspace.id, session, id, role: best, name, joinedAt });
    if (known !== undefined && known.role !== best) this.#tell(workspace.id, session, best);
  }

  /** With the workspace. */
  async forget(workspace: string): Promise<void> {
    await this.#invitations.removeAll(workspace);
    await this.#members.removeAll(workspace);
  }

  async #byId(workspace: OwnedWorkspace, id: string): Promise<Member> {
    const member = (await this.#members.ofWorkspace(workspace.id)).find((each) => each.id === id);
    if (member === undefined) throw new Problem(404, "That person is no member of this workspace any more.");
    return member;
  }

  #tell(workspace: string, session: string, role: InvitedRole | undefined): void {
    for (const listener of this.#listeners) listener(workspace, session, role);
  }
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

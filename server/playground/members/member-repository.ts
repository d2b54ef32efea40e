import type { InvitedRole } from "../../contract/together.ts";

/** A session that came into another one's workspace. */
export interface Member {
  workspace: string;
  session: string;
  /** what others know it by */
  id: string;
  role: InvitedRole;
  name: string;
  /** ms since the epoch */
  joinedAt: number;
}

/** Where members are remembered. Methods on what is gone do nothing. */
export interface MemberRepository {
  find(workspace: string, session: string): Promise<Member | undefined>;
  /** as they came */
  ofWorkspace(workspace: string): Promise<Member[]>;
  /** the latest first, 50 at most */
  ofSession(session: string): Promise<Member[]>;
  /** a new one, or the same with another role and name */
  save(member: Member): Promise<void>;
  remove(workspace: string, session: string): Promise<void>;
  removeAll(workspace: string): Promise<void>;
}

export interface Invitation {
  workspace: string;
  id: string;
  role: InvitedRole;
  /** SHA-256 of the token, hexadecimal: who reads the database cannot come in by it */
  tokenHash: string;
  /** ms since the epoch */
  createdAt: number;
}

/** Where invitations are remembered. Methods on what is gone do nothing. */
export interface InvitationRepository {
  findByToken(tokenHash: string): Promise<Invitation | undefined>;
  /** the latest first */
  ofWorkspace(workspace: string): Promise<Invitation[]>;
  create(invitation: Invitation): Promise<void>;
  remove(workspace: string, id: string): Promise<void>;
  removeAll(workspace: string): Promise<void>;
}

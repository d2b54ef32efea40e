import type { InvitationView, InvitedRole, MemberView, NewInvitation } from "#contract/together.ts";
import { json } from "./http.ts";

/** Who may come into a workspace (contract/together.ts). */
export class MembersApi {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  list(): Promise<MemberView[]> {
    return json("GET", `${this.#base}/members`);
  }

  change(member: string, role: InvitedRole): Promise<void> {
    return json("POST", `${this.#base}/members/${encodeURIComponent(member)}`, { role });
  }

  remove(member: string): Promise<void> {
    return json("DELETE", `${this.#base}/members/${encodeURIComponent(member)}`);
  }

  leave(): Promise<void> {
    return json("POST", `${this.#base}/leave`);
  }

  invitations(): Promise<InvitationView[]> {
    return json("GET", `${this.#base}/invitations`);
  }

  invite(role: InvitedRole): Promise<NewInvitation> {
    return json("POST", `${this.#base}/invitations`, { role });
  }

  revoke(invitation: string): Promise<void> {
    return json("DELETE", `${this.#base}/invitations/${encodeURIComponent(invitation)}`);
  }
}

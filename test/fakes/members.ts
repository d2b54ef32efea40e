import type {
  Invitation,
  InvitationRepository,
  Member,
  MemberRepository,
} from "../../server/playground/members/member-repository.ts";
import { Membership } from "../../server/playground/members/membership.ts";

/** A membership that is remembered in memory. */
export function memoryMembership(first: readonly Member[] = []): Membership {
  const members = new Map(first.map((member) => [`${member.workspace} ${member.session}`, member]));
  const invitations = new Map<string, Invitation>();
  const memberRepository: MemberRepository = {
    find: async (workspace, session) => members.get(`${workspace} ${session}`),
    ofWorkspace: async (workspace) => [...members.values()].filter((each) => each.workspace === workspace),
    ofSession: async (session) => [...members.values()].filter((each) => each.session === session),
    save: async (member) => void members.set(`${member.workspace} ${member.session}`, member),
    remove: async (workspace, session) => void members.delete(`${workspace} ${session}`),
    removeAll: async (workspace) => {
      for (const [key, member] of members) if (member.workspace === workspace) members.delete(key);
    },
  };
  const invitationRepository: InvitationRepository = {
    findByToken: async (hash) => [...invitations.values()].find(({ tokenHash }) => tokenHash === hash),
    ofWorkspace: async (workspace) => [...invitations.values()].filter((each) => each.workspace === workspace),
    create: async (invitation) => void invitations.set(invitation.id, invitation),
    remove: async (_workspace, id) => void invitations.delete(id),
    removeAll: async (workspace) => {
      for (const [id, invitation] of invitations) if (invitation.workspace === workspace) invitations.delete(id);
    },
  };
  return new Membership(memberRepository, invitationRepository);
}

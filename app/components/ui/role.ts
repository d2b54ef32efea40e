"use client";
import { createContext, useContext } from "react";
import type { Role } from "#contract/together.ts";
import { allows } from "#contract/together.ts";
import { useMessages } from "./language.tsx";

/** What this page's learner is in the workspace that is shown. Where none is, everything is the learner's own. */
export const RoleContext = createContext<Role>("owner");

/** Why what is for `least` and those above cannot be done here, in words; undefined: it can. */
export function useRefusal(least: Exclude<Role, "viewer"> | undefined): string | undefined {
  const role = useContext(RoleContext);
  const { only } = useMessages().together;
  return least === undefined || allows(role, least) ? undefined : only[least];
}

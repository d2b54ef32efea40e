import { workstationRole } from "../../contract/extension-api.ts";
import type { Container } from "../../engine/containers/container.ts";
import type { Filters } from "./filters.ts";

/** Whether it is the machine from which a learner works with this API. */
export function isWorkstation({ config }: Pick<Container, "config">): boolean {
  return config.labels[workstationRole.label] === workstationRole.value;
}

/**
 * A workstation is only in lists and prunes that ask for it: `docker rm -f $(docker ps -aq)`, typed in it, must not take
 * away the terminal it is typed in. Whoever names it may do with it what they like.
 */
export function isLeftOut(container: Pick<Container, "config">, filters: Filters): boolean {
  const asksForIt =
    filters.has("id") ||
    filters.has("name") ||
    filters.get("label").some((label) => label.split("=", 1)[0] === workstationRole.label);
  return isWorkstation(container) && !asksForIt;
}

import { Api } from "./api.ts";
import { build, runExec } from "./neighbour-work.ts";

/*
 * One learner who asks the API as fast as it answers, in a process of its own: who measures is not to be slowed down by it.
 * Usage: node bench/attacks.ts SOCKET NAME CONTAINER, until it is killed
 */

const attacks: Record<string, { atOnce: number; ask: (api: Api, id: string) => Promise<unknown> }> = {
  "execs, eight at once": { atOnce: 8, ask: runExec },
  "builds, four at once": { atOnce: 4, ask: (api) => build(api) },
  "containers made and removed, four at once": {
    atOnce: 4,
    ask: async (api) => {
      const { Id } = await api.json<{ Id: string }>("POST", "/containers/create", { Image: "bench", Cmd: ["true"] });
      await api.call("POST", `/containers/${Id}/start`);
      await api.call("DELETE", `/containers/${Id}?force=1`);
    },
  },
  "lists, eight at once": { atOnce: 8, ask: (api) => api.call("GET", "/containers/json?all=1&size=1") },
};

export const attackNames = Object.keys(attacks);

if (import.meta.main) {
  const [socket = "", name = "", id = ""] = process.argv.slice(2);
  const attack = attacks[name];
  if (attack === undefined) throw new Error(`no such attack: ${name}`);
  const api = new Api(socket);
  for (let each = 0; each < attack.atOnce; each++) void endlessly(() => attack.ask(api, id));
}

/** What is refused is refused: the neighbour is who is looked at. */
async function endlessly(work: () => Promise<unknown>): Promise<void> {
  for (;;) await work().catch(() => new Promise((resolve) => setTimeout(resolve, 5)));
}

import { Problem } from "../http/problem.ts";
import type { PreviewGrant } from "./preview-grants.ts";

/** What usually listens on a port that is not HTTP's, and how one talks to it from inside its container. */
const usual: Readonly<Record<number, { name: string; client: string }>> = {
  22: { name: "SSH", client: "ssh localhost" },
  25: { name: "SMTP", client: "telnet localhost 25" },
  1883: { name: "MQTT", client: "mosquitto_sub -t '#'" },
  3306: { name: "MySQL", client: "mysql -u root -p" },
  5432: { name: "PostgreSQL", client: "psql -U postgres" },
  6379: { name: "Redis", client: "redis-cli" },
  11_211: { name: "memcached", client: "telnet localhost 11211" },
  27_017: { name: "MongoDB", client: "mongosh" },
};

/**
 * Why a browser cannot show a port that answered something else, or hung up without an answer; undefined for every other
 * failure. Lines that begin with `$ ` are commands (`preview-messages.ts`).
 */
export function otherProtocol(error: unknown, { container, port }: PreviewGrant): Problem | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const garbled = code.startsWith("HPE_");
  if (!garbled && code !== "ECONNRESET") return undefined;
  const known = usual[port];
  const speaks = known === undefined ? "something else than HTTP" : `${known.name}, not HTTP`;
  const what = garbled
    ? `Port ${port} answers, but it speaks ${speaks}: a browser cannot show it.`
    : `Port ${port} takes connections and closes them without an answer. It may speak ${speaks}, which a browser cannot show, or its program may just have failed.`;
  const command = `docker exec -it ${container.slice(0, 12)} ${known?.client ?? "sh"}`;
  return new Problem(
    502,
    `${what}\nTalk to it in its own words: from another container on its network, or in your workstation:\n$ ${command}`,
    { cause: error },
  );
}

import { isDeepStrictEqual } from "node:util";
import { isEngineError, RuleRefusal } from "../../engine/errdefs/errors.ts";
import { describeError } from "./http-status.ts";
import type { Call } from "./route.ts";
import type { Changes, Reply } from "./reply.ts";

/** One request that changed something or was refused: what an operator wants to know afterwards. */
export interface AuditEntry {
  method: string;
  /** without version and query */
  path: string;
  /** what it was about: the parameters of the query that name something, never those that may hold a secret */
  about: Record<string, string>;
  /** of HTTP; of a stream, how it began */
  status: number;
  /** of settings */
  changes?: Changes;
  /** why it was refused, and by which rule of the policy if by one */
  refused?: { message: string; rule?: string };
}

/** What is typed into terminals is the learner's own, and much: that one was opened is told. */
const typing = /^\/drydock\/v1\/(?:terminals\/[^/]+\/(?:input|resize)|activity)$/;

/** Parameters of the Engine API that name objects. */
const names = ["name", "fromImage", "tag", "repo", "t", "container", "signal"] as const;

/** Answers `call` by `handle`, and tells `note` what came of it. */
export async function audited(
  call: Call,
  handle: (call: Call) => Reply | Promise<Reply>,
  note: (entry: AuditEntry) => void,
): Promise<Reply> {
  const changes = call.method !== "GET" && call.method !== "HEAD" && !typing.test(call.path);
  const entry = (status: number): AuditEntry => ({
    method: call.method,
    path: call.path,
    about: aboutOf(call),
    status,
  });
  const refused = (error: unknown): Pick<AuditEntry, "refused"> => {
    const rule = error instanceof RuleRefusal ? { rule: error.rule } : {};
    return isEngineError(error, "permission_denied", "unauthenticated")
      ? { refused: { message: describeError(error).message, ...rule } }
      : {};
  };
  try {
    const reply = await handle(call);
    const settings = "changes" in reply ? { changes: reply.changes } : {};
    if (changes) note({ ...entry("status" in reply ? reply.status : 200), ...settings });
    return reply.kind === "lines" ? { ...reply, produce: (write) => told(reply.produce(write)) } : reply;
  } catch (error) {
    const denial = refused(error);
    if (changes || denial.refused !== undefined) note({ ...entry(describeError(error).status), ...denial });
    throw error;
  }

  /** A pull is refused when it has begun to answer. */
  async function told(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      const denial = refused(error);
      if (denial.refused !== undefined) note({ ...entry(describeError(error).status), ...denial });
      throw error;
    }
  }
}

function aboutOf({ query }: Call): Record<string, string> {
  const pairs = names.map((name) => [name, query.string(name)] as const);
  return Object.fromEntries(pairs.filter((pair): pair is [(typeof names)[number], string] => pair[1] !== undefined));
}

/** What differs between two states of the same settings. */
export function changesBetween(before: object, after: object): Changes {
  const [from, to] = [before, after].map((state) => new Map<string, unknown>(Object.entries(state))) as [
    Map<string, unknown>,
    Map<string, unknown>,
  ];
  const names = [...new Set([...from.keys(), ...to.keys()])];
  return Object.fromEntries(
    names
      .map((name) => [name, { from: from.get(name) ?? null, to: to.get(name) ?? null }] as const)
      .filter(([, change]) => !isDeepStrictEqual(change.from, change.to)),
  );
}

import type { EngineEvent } from "../../engine/events/events.ts";

/** ES2026 `JSON.rawJSON`: digits that a number cannot hold. Node 24 has it; TypeScript's library does not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/** Engine API, EventMessage, with the fields of before 1.22 that clients still read. */
export function eventJson(event: EngineEvent): object {
  const { type, action, actor, timeNano } = event;
  const legacy =
    type === "container"
      ? { status: action, id: actor.id, from: actor.attributes["image"] ?? "" }
      : type === "image"
        ? { status: action, id: actor.id }
        : {};
  return {
    ...legacy,
    Type: type,
    Action: action,
    Actor: { ID: actor.id, Attributes: actor.attributes },
    scope: "local",
    time: Number(timeNano / 1_000_000_000n),
    timeNano: rawJSON(String(timeNano)),
  };
}

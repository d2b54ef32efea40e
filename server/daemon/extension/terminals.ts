import { z } from "zod";
import type { TerminalSummary } from "../../contract/extension-api.ts";
import type { NewTerminal, Terminal, TerminalService } from "../../engine/terminals/terminal-service.ts";
import { readBody, readJson } from "../http/body.ts";
import { bytes, empty, json } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

const size = { columns: z.number().int().min(1).max(1000), rows: z.number().int().min(1).max(1000) };
const startSchema = z.object({
  container: z.string(),
  cmd: z.array(z.string()).min(1).optional(),
  env: z.array(z.string()).optional(),
  user: z.string().optional(),
  workingDir: z.string().optional(),
  ...size,
});
const sizeSchema = z.object(size);

/** Bytes of one piece of typed or pasted input. */
const maxInput = 1024 * 1024;

/** Shells that live on without their page (contract/extension-api.ts). */
export function terminalRoutes(terminals: TerminalService): Route[] {
  return [
    route("POST", "/drydock/v1/terminals", async (call) => {
      const body = await readJson(call, startSchema);
      const terminal = await terminals.start(JSON.parse(JSON.stringify(body)) as NewTerminal);
      return json(terminalJson(terminal), 201);
    }),
    route("GET", "/drydock/v1/terminals", () => json(terminals.list().map(terminalJson))),
    route("GET", "/drydock/v1/terminals/{id}/output", async ({ params, query, signal }) => {
      const output = await terminals.output(params["id"] ?? "", { offset: query.int("offset") ?? 0, signal });
      return bytes(output.bytes, "application/octet-stream", { "X-Drydock-Offset": String(output.offset) });
    }),
    route("POST", "/drydock/v1/terminals/{id}/input", async (call) => {
      await terminals.input(call.params["id"] ?? "", await readBody(call, maxInput));
      return empty();
    }),
    route("POST", "/drydock/v1/terminals/{id}/resize", async (call) => {
      const { columns, rows } = await readJson(call, sizeSchema);
      await terminals.resize(call.params["id"] ?? "", columns, rows);
      return empty();
    }),
    route("DELETE", "/drydock/v1/terminals/{id}", async ({ params }) => {
      await terminals.end(params["id"] ?? "");
      return empty();
    }),
  ];
}

export function terminalJson(terminal: Terminal): TerminalSummary {
  const { id, container, cmd, running, exitCode, offset, createdAt } = terminal;
  return { id, container, cmd, running, offset, createdAt, ...(exitCode === undefined ? {} : { exitCode }) };
}

import { z } from "zod";
import type { EmbedCommand, EmbedMessage } from "#contract/sharing.ts";

const commandSchema = z.discriminatedUnion("drydock", [
  z.object({ drydock: z.literal("theme"), theme: z.enum(["light", "dark"]) }),
  z.object({ drydock: z.literal("file"), path: z.string().max(1024) }),
  z.object({ drydock: z.literal("write"), path: z.string().min(1).max(1024), text: z.string().max(256 * 1024) }),
  z.object({ drydock: z.literal("build") }),
  z.object({ drydock: z.literal("type"), text: z.string().max(4096) }),
]) satisfies z.ZodType<EmbedCommand>;

/**
 * To the page around the frame, whatever it is: its operator is one that ours has allowed to frame us (frame-ancestors),
 * and nothing in it is a secret.
 */
export function tellPage(message: EmbedMessage): void {
  if (window.parent !== window) window.parent.postMessage(message, "*");
}

/** From the page around the frame alone; what has another shape is not for us. Returns its undoing. */
export function listenToPage(onCommand: (command: EmbedCommand) => void): () => void {
  const listener = ({ source, data }: MessageEvent): void => {
    const command = source === window.parent ? commandSchema.safeParse(data) : undefined;
    if (command?.success === true) onCommand(command.data);
  };
  addEventListener("message", listener);
  return () => removeEventListener("message", listener);
}

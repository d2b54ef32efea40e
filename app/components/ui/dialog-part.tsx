"use client";
import type { ComponentType, ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { part } from "./part.tsx";

/** A dialog that is loaded when it is first opened. One that does not come says so as a dialog, which can be closed. */
export function dialogPart<Props extends { onClose: () => void }>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): ComponentType<Props> {
  return part(load, () => null, MissingDialog);
}

function MissingDialog({ onClose }: { onClose: () => void }): ReactNode {
  return (
    <Dialog title={messages.loading.dialog} description={messages.loading.part} onClose={onClose}>
      <Button look="primary" icon="restart" onClick={() => location.reload()}>
        {messages.loading.reload}
      </Button>
    </Dialog>
  );
}

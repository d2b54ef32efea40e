"use client";
import { useEffect } from "react";
import type { FormEvent, ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { useImageToRun } from "../build/use-image-to-run.ts";
import { Button } from "../ui/button.tsx";
import { Dialog, Field, inputClass } from "../ui/dialog.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { splitWords } from "./split-words.ts";
import { StartFailureCard } from "./start-failure-card.tsx";

/** Any image, with a command of one's own. */
export default function RunDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { containers } = useWorkspace();
  const images = useStore(containers.images);
  const notStarted = useStore(containers.notStarted);
  const built = useImageToRun()?.image;
  useEffect(() => {
    containers.notStarted.set(undefined);
    void containers.refreshImages();
  }, [containers]);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === "string" ? value.trim() : "";
    };
    const cmd = splitWords(text("command"));
    const id = await containers.run({ image: text("image"), ...(cmd.length > 0 ? { cmd } : {}) });
    if (id !== undefined) onClose();
  };
  return (
    <Dialog title={messages.containers.runCommand} onClose={onClose}>
      <form className="space-y-3" onSubmit={(event) => void submit(event)}>
        <Field label={messages.containers.imageName}>
          <input
            name="image"
            required
            defaultValue={built ?? "busybox"}
            list="known-images"
            spellCheck={false}
            className={`${inputClass} font-mono text-xs`}
          />
        </Field>
        <datalist id="known-images">
          {images.flatMap((each) => each.names.map((name) => <option key={name} value={name} />))}
        </datalist>
        <Field label={messages.containers.command} help={messages.containers.commandHelp}>
          <input name="command" spellCheck={false} className={`${inputClass} font-mono text-xs`} />
        </Field>
        {notStarted && (
          <div className="overflow-hidden rounded-md">
            <StartFailureCard {...notStarted} />
          </div>
        )}
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>{messages.actions.cancel}</Button>
          <Button look="primary" icon="play" type="submit">
            {messages.actions.run}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

"use client";
import { useEffect, useState } from "react";
import type { FormEvent, ReactNode } from "react";
import type { BuildSecret } from "#contract/extension-api.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { Button } from "../ui/button.tsx";
import { Dialog, DialogScroll, Field, inputClass } from "../ui/dialog.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { wantedSecrets } from "./wanted-secrets.ts";

/** Asks for the secrets that the Dockerfile wants, and builds with them. They are in its fields alone, and go with it. */
export default function SecretsDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { api, builds, documents, notices } = useWorkspace();
  const [file] = useState(() => builds.target());
  const [ids, setIds] = useState<string[]>();
  useEffect(() => {
    const look = async (): Promise<void> => {
      if (file === undefined) return setIds([]);
      await documents.flush();
      const { bytes } = await api.readFile(file);
      setIds(wantedSecrets(new TextDecoder().decode(bytes)));
    };
    look().catch((error: unknown) => {
      notices.show("error", errorText(error));
      onClose();
    });
  }, [api, documents, file, notices, onClose]);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const secrets: Record<string, BuildSecret> = {};
    // What is left empty is not given: a step that does not require it runs without.
    for (const [id, value] of new FormData(event.currentTarget)) {
      if (typeof value === "string" && value !== "") secrets[id] = { value };
    }
    if ((await builds.build({ secrets })) !== undefined) onClose();
  };
  if (ids === undefined) return null;
  const { about, none } = messages.build.secrets;
  const title = messages.build.withSecrets.replace("…", "");
  const isWanted = ids.length > 0;
  return (
    <Dialog title={title} description={isWanted ? about : none({ file: file ?? "Dockerfile" })} onClose={onClose}>
      <form className="space-y-3" autoComplete="off" onSubmit={(event) => void submit(event)}>
        {isWanted && (
          <DialogScroll label={title} className="space-y-3 pb-1">
            {ids.map((id) => (
              <Field key={id} label={id}>
                <input
                  name={id}
                  type="password"
                  autoComplete="off"
                  spellCheck={false}
                  className={`${inputClass} font-mono text-xs`}
                />
              </Field>
            ))}
          </DialogScroll>
        )}
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>{isWanted ? messages.actions.cancel : messages.actions.close}</Button>
          {isWanted && (
            <Button look="primary" icon="hammer" type="submit">
              {messages.actions.build}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

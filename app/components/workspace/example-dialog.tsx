"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { ExampleSummary } from "#contract/playground-api.ts";
import { errorText, listExamples, openWorkspace } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { Alert } from "../ui/alert.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";

/** A new workspace with the files of one of the examples. */
export default function ExampleDialog({ onClose }: { onClose: () => void }): ReactNode {
  const [examples, setExamples] = useState<ExampleSummary[]>();
  const [failure, setFailure] = useState<string>();
  const [opening, setOpening] = useState<string>();
  useEffect(() => {
    listExamples().then(setExamples, (error: unknown) => setFailure(errorText(error)));
  }, []);
  const open = async (example: string): Promise<void> => {
    setOpening(example);
    setFailure(undefined);
    try {
      location.assign(`/w/${(await openWorkspace({ fresh: true, example })).id}`);
    } catch (error) {
      setFailure(errorText(error));
      setOpening(undefined);
    }
  };
  return (
    <Dialog title={messages.examples.title} description={messages.examples.text} onClose={onClose}>
      <Alert text={failure} className="mb-2" />
      <ul aria-label={messages.examples.list} className="-mx-2 max-h-[55vh] overflow-y-auto">
        {(examples ?? []).map(({ name, title, description }) => (
          <li key={name}>
            <button
              type="button"
              aria-disabled={opening !== undefined}
              className="flex w-full items-start gap-2.5 rounded-md px-2 py-2 text-left hover:bg-raised"
              onClick={() => opening === undefined && void open(name)}
            >
              {opening === name ? (
                <Spinner className="mt-0.5 text-accent" />
              ) : (
                <Icon name="box" className="mt-0.5 text-accent" />
              )}
              <span className="min-w-0">
                <span className="block font-medium">{title}</span>
                <span className="block text-xs text-pretty text-ink-soft">{description}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

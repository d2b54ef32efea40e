import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { holderOf, startFailureOf } from "./start-failure.ts";
import type { StartFailure } from "./start-failure.ts";
import { splitWords } from "./split-words.ts";

const words = messages.containers.startFailure;

interface StartFailureCardProps {
  image: string;
  /** dockerd's */
  text: string;
  /** the command was typed with Run, it is not the image's own */
  typed?: boolean;
  onDismiss?: () => void;
}

/** What was asked for, why it was not started and what to do; dockerd's own words are kept beneath. */
export function StartFailureCard({ image, text, typed = false, onDismiss }: StartFailureCardProps): ReactNode {
  const { containers } = useWorkspace();
  const all = useStore(containers.list);
  const failure = startFailureOf(text);
  if (failure === undefined) {
    return (
      <p className="p-3 text-xs break-words text-bad" data-testid="start-error">
        <strong className="font-medium">{messages.containers.notStarted}</strong> {text}
      </p>
    );
  }
  const { kind, command } = failure;
  return (
    <div role="alert" data-testid="start-error" className="flex gap-2 bg-bad-wash px-3 py-2 text-xs">
      <Icon name="cross" className="mt-px text-bad" />
      <div className="min-w-0 flex-1 space-y-1">
        <p className="font-medium text-pretty break-words text-bad">{words.what[kind]({ image, command })}</p>
        <p className="text-pretty break-words text-ink-soft">
          {(kind === "notFound" || kind === "noFile") && typed ? words.hints.typed : hintFor(failure, all ?? [])}
        </p>
        <details>
          <summary className="w-fit cursor-pointer text-2xs text-ink-soft">{words.docker}</summary>
          <p className="mt-0.5 font-mono text-2xs break-words text-ink-soft">{text}</p>
        </details>
      </div>
      {onDismiss && (
        <IconButton icon="close" label={messages.actions.dismiss} className="-my-0.5" onClick={onDismiss} />
      )}
    </div>
  );
}

function hintFor({ kind, command }: StartFailure, containers: readonly ContainerView[]): string {
  switch (kind) {
    case "oneWord":
      return words.hints.oneWord({
        list: splitWords(command)
          .map((word) => JSON.stringify(word))
          .join(", "),
      });
    case "portTaken": {
      const holder = holderOf(command, containers);
      return holder === undefined ? words.hints.portOfNone : words.hints.portOf({ name: holder.name });
    }
    default:
      return words.hints[kind]({ command });
  }
}

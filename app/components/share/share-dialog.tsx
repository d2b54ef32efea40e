"use client";
import { useState } from "react";
import type { FormEvent, ReactNode } from "react";
import { snippetLimits } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import { ago } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { EmbedSites, useEmbedSites } from "../embedding/embed-sites.tsx";
import { Alert } from "../ui/alert.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { CopyField } from "../ui/copy-field.tsx";
import { Dialog, Field, inputClass } from "../ui/dialog.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { SharedLinks } from "./shared-links.tsx";

/** Makes a snippet of the workspace as it is now, and gives its link. */
export default function ShareDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { api, view, documents, builds, terminals } = useWorkspace();
  const { name } = useStore(view);
  const [url, setUrl] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const sites = useEmbedSites();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const title = new FormData(event.currentTarget).get("title");
    setBusy(true);
    setFailure(undefined);
    try {
      // What a terminal shows that was closed is not to be in it.
      await Promise.all([documents.flush(), terminals.settle()]);
      const buildId = builds.shown.value?.summary.id;
      const { id } = await api.share({
        title: typeof title === "string" ? title : "",
        ...(buildId === undefined ? {} : { buildId }),
        columns: terminals.size.columns,
      });
      setUrl(new URL(`/s/${id}`, location.origin).href);
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={messages.share.title} description={messages.share.text} onClose={onClose}>
      {url === undefined ? (
        <form className="space-y-4" onSubmit={(event) => void submit(event)}>
          <Field label={messages.share.name}>
            <input name="title" defaultValue={name} maxLength={120} className={inputClass} />
          </Field>
          <div className="space-y-1">
            <RecordedBuild />
            <LeftOut />
          </div>
          <p className="flex gap-2 rounded-md bg-warn-wash px-2.5 py-2 text-xs text-warn">
            <Icon name="warn" className="mt-px" />
            {messages.share.warning}
          </p>
          <Alert text={failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>{messages.actions.cancel}</Button>
            <Button look="primary" type="submit" disabled={busy}>
              {busy && <Spinner />}
              {busy ? messages.share.creating : messages.share.create}
            </Button>
          </div>
        </form>
      ) : (
        <Link url={url} sites={sites} />
      )}
      {/* Anew when there is one more. */}
      <SharedLinks key={url} />
    </Dialog>
  );
}

/** Which build goes with the link: the one that the page shows. */
function RecordedBuild(): ReactNode {
  const { builds } = useWorkspace();
  const summary = useStore(builds.shown)?.summary;
  const changed = useStore(builds.changed);
  const [latest] = useStore(builds.history);
  const text = messages.share.build;
  if (summary === undefined) return <p className="text-xs text-ink-soft">{text.none}</p>;
  const name = summary.tags[0] ?? summary.id;
  const facts = [
    summary.status === "running"
      ? text.running({ name })
      : text.over({ name, how: messages.build[summary.status].toLowerCase(), when: ago(summary.startedAt) }),
    latest !== undefined && latest.id !== summary.id && text.earlier,
    changed === true && messages.build.changed,
  ];
  return (
    <p data-testid="share-build" className="text-xs text-ink-soft">
      {facts.filter(Boolean).join(" ")}
    </p>
  );
}

/** What does not fit in. Containers come first, as they do when it is made. */
function LeftOut(): ReactNode {
  const { containers, terminals } = useWorkspace();
  const all = useStore(containers.list)?.length ?? 0;
  const open = useStore(terminals.tabs).length;
  const { outputs, terminals: most } = snippetLimits;
  const taken = Math.min(all, outputs);
  const left = all + open - taken - Math.min(open, most, outputs - taken);
  return left === 0 ? null : (
    <p data-testid="share-left-out" className="text-xs text-ink-soft">
      {messages.share.leftOut({ left, most: outputs, terminals: most })}
    </p>
  );
}

function Link({ url, sites }: { url: string; sites: readonly string[] | undefined }): ReactNode {
  const embed = (
    <div className="space-y-2">
      {/* Where no site may, that is all there is to say of it. */}
      {sites?.length !== 0 && (
        <p className="text-xs text-ink-soft">
          {messages.share.embed}{" "}
          <a
            href={`/embedding?snippet=${url.split("/").at(-1) ?? ""}`}
            target="_blank"
            rel="noreferrer"
            className="font-medium text-accent underline underline-offset-3"
          >
            {messages.share.embedHow}
          </a>
        </p>
      )}
      <EmbedSites sites={sites} />
    </div>
  );
  return (
    <CopyField label={messages.share.done} value={url} testId="share-url" note={embed} focused>
      <ButtonLink href={url} target="_blank" rel="noreferrer" icon="open">
        {messages.share.openLink}
      </ButtonLink>
    </CopyField>
  );
}

"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { ComparedFiles, ImageComparison } from "#contract/image-files.ts";
import { errorText } from "../../lib/api.ts";
import { textOf } from "../../lib/file-content.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { DiffView } from "../diff/diff-view.tsx";
import type { LayersApi } from "../layers/layers-api.ts";
import { DisclosureButton } from "../ui/disclosure.tsx";
import { Section } from "./compared-parts.tsx";

const text = messages.buildView.compare;
const step = 100;

type Compared = ComparedFiles["files"][number];

const kinds = [
  { name: "changed", look: "text-warn", sign: "~" },
  { name: "added", look: "text-good", sign: "+" },
  { name: "removed", look: "text-bad", sign: "−" },
] as const;

/** The files that differ; of those that are text, the lines. */
export function ComparedFilesView({ comparison, api }: { comparison: ImageComparison; api: LayersApi }): ReactNode {
  const { files } = comparison;
  return (
    <Section
      title={text.files({
        changed: files.changed.count,
        added: files.added.count,
        removed: files.removed.count,
      })}
    >
      {files.unread > 0 && <p className="pb-1 text-ink-faint">{text.unread({ count: files.unread })}</p>}
      {kinds.map(({ name, look, sign }) => (
        <FileList
          key={name}
          list={files[name]}
          look={look}
          sign={sign}
          name={text.kinds[name]}
          comparison={comparison}
          api={api}
        />
      ))}
    </Section>
  );
}

interface FileListProps {
  list: ComparedFiles;
  name: string;
  look: string;
  sign: string;
  comparison: ImageComparison;
  api: LayersApi;
}

function FileList({ list, name, look, sign, comparison, api }: FileListProps): ReactNode {
  const [shown, setShown] = useState(step);
  if (list.count === 0) return null;
  const left = list.count - Math.min(shown, list.files.length);
  return (
    <div className="pb-1.5">
      <h4 className="py-0.5 text-2xs font-semibold tracking-wider text-ink-faint uppercase">{name}</h4>
      <ul>
        {list.files.slice(0, shown).map((file) => (
          <File key={file.path} file={file} look={look} sign={sign} comparison={comparison} api={api} />
        ))}
      </ul>
      {left > 0 &&
        (shown < list.files.length ? (
          <button
            type="button"
            className="text-accent hover:underline"
            onClick={() => setShown((count) => count + 5 * step)}
          >
            {text.more({ count: left })}
          </button>
        ) : (
          <p className="text-ink-faint">{text.more({ count: left })}</p>
        ))}
    </div>
  );
}

interface FileProps {
  file: Compared;
  look: string;
  sign: string;
  comparison: ImageComparison;
  api: LayersApi;
}

function File({ file, look, sign, comparison, api }: FileProps): ReactNode {
  const { path, before, after, sameAs, what = [] } = file;
  const hasText = file.kind === "file" && what.includes("content");
  const [open, setOpen] = useState(false);
  const sizes = [before, after].flatMap((bytes) => (bytes === undefined || sameAs !== undefined ? [] : [size(bytes)]));
  const row = (
    <>
      <span aria-hidden="true" className={`w-2 font-mono font-bold ${look}`}>
        {sign}
      </span>
      <span className="min-w-0 flex-1 truncate font-mono" title={path}>
        {path}
        {sameAs !== undefined && <span className="text-ink-faint"> = {sameAs}</span>}
      </span>
      <span className="text-2xs text-ink-faint">{what.map((each) => text.what[each]).join(", ")}</span>
      <span className="text-right text-ink-soft tabular-nums">{[...new Set(sizes)].join(" → ")}</span>
    </>
  );
  if (!hasText) return <li className="flex items-center gap-2 py-0.5 pr-1 pl-5">{row}</li>;
  return (
    <li>
      <DisclosureButton open={open} onChange={setOpen} className="py-0.5 pr-1">
        {row}
      </DisclosureButton>
      {open && <FileDiff path={path} comparison={comparison} api={api} />}
    </li>
  );
}

function FileDiff({ path, comparison, api }: { path: string; comparison: ImageComparison; api: LayersApi }): ReactNode {
  const [state, setState] = useState<{ before?: string | undefined; after?: string | undefined; note?: string }>();
  useEffect(() => {
    const { before, after } = comparison;
    Promise.all([before, after].map(({ id, layer }) => api.file(id, { layer }, path)))
      .then((files) => {
        const [old, now] = files.map(({ bytes }) => textOf(bytes, { cut: true }));
        if (old === undefined || now === undefined) setState({ note: text.binary });
        else setState({ before: old, after: now });
      })
      .catch((error: unknown) => setState({ note: errorText(error) }));
  }, [path, comparison, api]);
  return (
    <div className="py-1 pl-5">
      {state?.note !== undefined && <p className="text-ink-faint">{state.note}</p>}
      {state?.before !== undefined && state.after !== undefined && (
        <DiffView before={state.before} after={state.after} label={text.diffOf({ path })} />
      )}
    </div>
  );
}

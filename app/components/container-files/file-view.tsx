"use client";
import { useEffect, useRef, useState } from "react";
import type { ReactNode, RefObject } from "react";
import type { ListedFile } from "#contract/extension-api.ts";
import type { ContainerView } from "#contract/playground-api.ts";
import { errorText } from "../../lib/api.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { Button, IconButton, IconLink } from "../ui/button.tsx";
import { useRefusal } from "../ui/role.ts";
import { VirtualLines } from "../ui/virtual-lines.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { classify, editedText, hexBytes, hexLines } from "./file-bytes.ts";
import type { ShownFile } from "./file-bytes.ts";
import { writeContainerFile } from "./write-file.ts";

const words = messages.running;

/** Bytes of a file that is shown: it comes as a whole. */
const largestShown = 2 * 1024 * 1024;

interface FileViewProps {
  container: ContainerView;
  file: ListedFile;
  path: string;
  onClose: () => void;
}

/** One file of a container: text to edit, a picture, or bytes. */
export function FileView({ container, file, path, onClose }: FileViewProps): ReactNode {
  const { api, notices } = useWorkspace();
  const kind = file.leadsTo ?? file.kind;
  const readable = kind === "file" && file.size <= largestShown;
  const { shown, failure, setShown } = useFile(container.id, path, readable);
  const [edited, setEdited] = useState<string>();
  const back = useRef<HTMLButtonElement>(null);
  // What had the focus is gone with the directory.
  useEffect(() => back.current?.focus(), []);
  const saving = useRef<string>(undefined);
  const save = async (text: string): Promise<void> => {
    const content = new Blob([shown?.kind === "text" ? editedText(shown.text, text) : text]);
    const written = (now: Blob): void => {
      void now.arrayBuffer().then((bytes) => setShown(classify(path, new Uint8Array(bytes))));
    };
    saving.current = text;
    try {
      const said = words.files.saved;
      await writeContainerFile(api.details, notices, { container: container.id, path, content, said, written });
      // What was typed meanwhile is still to be saved.
      setEdited((now) => (now === text ? undefined : now));
    } catch (error) {
      notices.show("error", errorText(error));
      if (isLeft.current) tellUnsaved(text);
    } finally {
      saving.current = undefined;
    }
  };
  const tellUnsaved = (text: string): void => {
    const act = (): void => void save(text);
    notices.show("note", words.files.leftUnsaved(file), { label: words.files.save, act });
  };
  const isLeft = useLeft(() => {
    // One that is being saved is told of when that has failed.
    if (edited !== undefined && edited !== saving.current) tellUnsaved(edited);
  });
  return (
    <div className="flex h-full min-h-0 flex-col" data-testid="container-file">
      <div className="flex shrink-0 items-center gap-1 border-b border-line px-2 py-1">
        <IconButton ref={back} icon="back" label={words.files.close} onClick={onClose} />
        <span className="min-w-0 flex-1 truncate font-mono text-xs" title={path}>
          {path}
        </span>
        <Button
          look="primary"
          needs="editor"
          className="h-6 text-xs"
          disabled={edited === undefined}
          onClick={() => edited !== undefined && void save(edited)}
        >
          {words.files.save}
        </Button>
        {kind === "file" && (
          <IconLink
            icon="download"
            label={words.files.download(file)}
            href={api.details.fileUrl(container.id, path)}
            download={file.name}
          />
        )}
      </div>
      {failure !== undefined ? (
        <p role="alert" className="p-3 text-xs text-bad">
          {failure}
        </p>
      ) : !readable ? (
        <p className="p-3 text-xs text-ink-soft">
          {kind === "file" ? words.files.large({ size: size(file.size) }) : words.files.special}
        </p>
      ) : shown === undefined ? (
        <p className="p-3 text-xs text-ink-faint">{words.details.loading}</p>
      ) : (
        <Content
          file={file}
          shown={shown}
          text={edited}
          url={api.details.fileUrl(container.id, path)}
          onEdit={setEdited}
        />
      )}
    </div>
  );
}

interface ContentProps {
  file: ListedFile;
  shown: ShownFile & { url?: string };
  text: string | undefined;
  url: string;
  onEdit: (text: string) => void;
}

function Content({ file, shown, text, onEdit }: ContentProps): ReactNode {
  const readOnly = useRefusal("editor") !== undefined;
  if (shown.kind === "image") {
    return (
      <div className="grid min-h-0 flex-1 place-items-center overflow-auto p-3">
        {/* oxlint-disable-next-line next/no-img-element -- a blob of this page */}
        <img src={shown.url} alt={words.files.image(file)} className="max-w-full" />
      </div>
    );
  }
  if (shown.kind === "hex") {
    return (
      <div className="flex min-h-0 flex-1 flex-col">
        {!shown.whole && (
          <p className="px-3 pt-1 text-xs text-ink-faint">
            {words.files.partly({ part: size(hexBytes), size: size(file.size) })}
          </p>
        )}
        <div className="min-h-0 flex-1">
          <VirtualLines lines={hexLines(shown.bytes)} version={0} follow={false} label={words.files.hex(file)} />
        </div>
      </div>
    );
  }
  return (
    <textarea
      aria-label={words.files.edit(file)}
      value={text ?? shown.text}
      spellCheck={false}
      readOnly={readOnly}
      wrap="off"
      onChange={(event) => onEdit(event.currentTarget.value)}
      className="min-h-0 flex-1 resize-none bg-ground p-3 font-mono text-xs outline-none focus-visible:outline-2 focus-visible:-outline-offset-2"
    />
  );
}

/** Does something when this goes out of sight; whether it has. */
function useLeft(onLeave: () => void): RefObject<boolean> {
  const isLeft = useRef(false);
  const latest = useRef(onLeave);
  useEffect(() => {
    latest.current = onLeave;
  });
  useEffect(() => {
    isLeft.current = false;
    return () => {
      isLeft.current = true;
      latest.current();
    };
  }, []);
  return isLeft;
}

type Loaded = ShownFile & { url?: string };

/** What is in the file, read once; a picture has an address of its own as long as it is shown. */
function useFile(
  container: string,
  path: string,
  readable: boolean,
): { shown: Loaded | undefined; failure: string | undefined; setShown: (shown: Loaded) => void } {
  const { api } = useWorkspace();
  const [shown, setShown] = useState<Loaded>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (!readable) return undefined;
    let gone = false;
    let url: string | undefined;
    api.details.readFile(container, path).then(
      (bytes) => {
        if (gone) return;
        const file = classify(path, bytes);
        if (file.kind === "image") url = URL.createObjectURL(new Blob([bytes], { type: file.type }));
        setShown(url === undefined ? file : { ...file, url });
      },
      (error: unknown) => !gone && setFailure(errorText(error)),
    );
    return () => {
      gone = true;
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [api, container, path, readable]);
  return { shown, failure, setShown };
}

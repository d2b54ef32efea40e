"use client";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { hexLine, imageType, type Look, looksOf, textOf } from "../../lib/file-content.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { IconButton } from "../ui/button.tsx";
import { VirtualRows } from "../ui/virtual-rows.tsx";
import { LoadState } from "./load-state.tsx";
import type { ShownFile } from "./layers-store.ts";

const text = messages.buildView.layers.file;
const names: Record<Look, string> = { text: text.text, image: text.image, hex: text.hex };

/** A file of a layer, as text, picture or bytes. */
export function FileView({ file, onClose }: { file: ShownFile; onClose: () => void }): ReactNode {
  const { value } = file.content;
  const section = useRef<HTMLElement>(null);
  const isHere = value !== undefined;
  useEffect(() => {
    // Newer browsers answer with a promise, which would be taken for the effect's undoing.
    section.current?.scrollIntoView({ block: "nearest" });
  }, [isHere]);
  return (
    <section
      ref={section}
      aria-label={text.title(file)}
      className="flex min-h-0 flex-col border-t border-line"
      data-testid="layer-file"
    >
      <header className="flex min-h-8 items-center gap-2 border-b border-line px-3">
        <p className="min-w-0 flex-1 truncate font-mono text-xs" title={file.path}>
          {file.path}
        </p>
        {value && <span className="text-2xs text-ink-faint tabular-nums">{size(value.size)}</span>}
        <IconButton icon="close" label={text.close} onClick={onClose} />
      </header>
      {file.deleted && <p className="px-3 py-1 text-xs text-bad">{text.deleted}</p>}
      <LoadState of={file.content} loading={text.loading} />
      {value && <Content path={file.path} bytes={value.bytes} all={value.size} />}
    </section>
  );
}

function Content({ path, bytes, all }: { path: string; bytes: Uint8Array<ArrayBuffer>; all: number }): ReactNode {
  const looks = useMemo(() => looksOf(path, bytes, all), [path, bytes, all]);
  const [chosen, setChosen] = useState<Look>();
  const look = chosen !== undefined && looks.includes(chosen) ? chosen : looks[0];
  if (all === 0) return <p className="px-3 py-2 text-xs text-ink-faint">{text.empty}</p>;
  return (
    <>
      <div className="flex items-center gap-2 px-3 py-1 text-2xs text-ink-faint">
        {looks.length > 1 && (
          <fieldset className="flex gap-1">
            <legend className="sr-only">{text.asWhat}</legend>
            {looks.map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={each === look}
                onClick={() => setChosen(each)}
                className={`rounded px-1.5 py-0.5 ${each === look ? "bg-raised font-medium text-ink" : "text-ink-soft hover:bg-raised"}`}
              >
                {names[each]}
              </button>
            ))}
          </fieldset>
        )}
        {bytes.length < all && <span>{text.cut({ shown: size(bytes.length), all: size(all) })}</span>}
      </div>
      {look === "image" && <Picture path={path} bytes={bytes} />}
      {look === "text" && (
        <Lines
          key="text"
          count={0}
          lines={(textOf(bytes, { cut: true }) ?? "").split("\n")}
          label={text.region({ path })}
        />
      )}
      {look === "hex" && (
        <Lines
          key="hex"
          count={Math.ceil(bytes.length / 16)}
          line={(index) => hexLine(bytes, index)}
          label={text.region({ path })}
        />
      )}
    </>
  );
}

interface LinesProps {
  count: number;
  label: string;
  lines?: readonly string[];
  line?: (index: number) => string;
}

function Lines({ count, label, lines, line }: LinesProps): ReactNode {
  return (
    <VirtualRows
      role="region"
      data-scrolls="layer-file"
      aria-label={label}
      tabIndex={0}
      count={lines?.length ?? count}
      rowHeight={18}
      active={-1}
      className="h-72 font-mono text-xs"
      renderRow={(index) => (
        <div className="px-3 leading-[18px] whitespace-pre">
          {(lines?.[index] ?? line?.(index) ?? "").slice(0, 5000)}
        </div>
      )}
    />
  );
}

function Picture({ path, bytes }: { path: string; bytes: Uint8Array<ArrayBuffer> }): ReactNode {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: imageType(path) ?? "" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, path]);
  if (url === undefined) return null;
  return (
    <div className="grid max-h-72 place-items-center overflow-auto bg-ground p-3">
      {/* A picture of a layer is bytes that the page has already: nothing to optimise. */}
      {/* oxlint-disable-next-line nextjs/no-img-element */}
      <img src={url} alt={path} className="max-h-64 max-w-full object-contain" />
    </div>
  );
}

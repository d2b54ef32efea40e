"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { DiffView } from "../diff/diff-view.tsx";
import { useKeyboardFocus } from "../panes/use-keyboard-focus.ts";
import { useNarrow } from "../panes/use-narrow.ts";
import { nameOf, parentOf } from "../files/file-tree-model.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { Icon, Spinner } from "../ui/icons.tsx";
import { Missing, part } from "../ui/part.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { loadMonacoWords } from "./monaco-words.ts";
import { NoText } from "./no-text.tsx";
import type { TextDocument } from "./text-document.ts";

const MonacoEditor = part(
  async () => {
    await loadMonacoWords();
    return import("./monaco-editor.tsx");
  },
  () => <Loading />,
);

/** The middle pane: tabs of open files, and the active one. */
export function EditorPane(): ReactNode {
  const { documents } = useWorkspace();
  const open = useStore(documents.open);
  const active = useStore(documents.active);
  const document = open.find((each) => each.path === active);
  const { byKeyboard, ...focus } = useKeyboardFocus();
  return (
    <section aria-label={messages.workspace.panes.editor} className="flex h-full min-h-0 flex-col bg-panel">
      <div data-bar className="flex h-9 shrink-0 items-stretch border-b border-line">
        <ul aria-label={messages.editor.tabs} className="flex min-w-0 flex-1 overflow-x-auto [scrollbar-width:none]">
          {open.map((each) => (
            <Tab key={each.path} document={each} active={each.path === active} />
          ))}
        </ul>
        {byKeyboard && (
          <span className="self-center px-1 text-2xs whitespace-nowrap text-ink-soft" data-testid="editor-leave-hint">
            {messages.editor.leaveHint}
          </span>
        )}
        {/* Where there is no room for both, the way out goes first. */}
        {document && <SaveState document={document} className={byKeyboard ? "max-[600px]:sr-only" : ""} />}
      </div>
      {document && <Trouble document={document} />}
      <div className="min-h-0 flex-1" {...focus}>
        {document ? (
          <Content document={document} />
        ) : (
          <Empty icon="file" title={messages.workspace.panes.editor} text={messages.editor.none} />
        )}
      </div>
      {document && <Mistake document={document} />}
    </section>
  );
}

function Tab({ document, active }: { document: TextDocument; active: boolean }): ReactNode {
  const { documents } = useWorkspace();
  const file = nameOf(document.path);
  const isOnly = useStore(documents.open).filter(({ path }) => nameOf(path) === file).length === 1;
  const name = isOnly ? file : [nameOf(parentOf(document.path)), file].filter(Boolean).join("/");
  return (
    <li
      className={`group flex items-center border-r border-line pr-1 ${active ? "bg-panel text-ink shadow-[inset_0_-2px_0_var(--accent)]" : "bg-ground text-ink-soft hover:text-ink"}`}
    >
      <button
        type="button"
        aria-current={active ? "page" : undefined}
        title={document.path}
        className="h-full max-w-44 truncate pr-1 pl-3"
        onClick={() => void documents.show(document.path)}
        onAuxClick={(event) => event.button === 1 && documents.close(document.path)}
      >
        {name}
      </button>
      <IconButton
        icon="close"
        label={messages.editor.closeTab({ name })}
        className={`size-5 ${active ? "" : "opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"}`}
        onClick={() => documents.close(document.path)}
      />
    </li>
  );
}

function SaveState({ document, className }: { document: TextDocument; className: string }): ReactNode {
  const { save, content } = useStore(document.state);
  if (content !== "text") return null;
  const text = {
    saved: messages.editor.saved,
    unsaved: messages.editor.unsaved,
    saving: messages.editor.saving,
    failed: messages.editor.saveFailed,
  };
  return (
    <span
      className={`flex items-center gap-1 px-3 text-xs ${save === "failed" ? "text-bad" : "text-ink-faint"} ${className}`}
      data-testid="save-state"
    >
      {save === "saved" && <Icon name="check" className="size-3.5 text-good" />}
      {text[save]}
    </span>
  );
}

/** The file was changed elsewhere while there are changes here: one of the two must be chosen. */
function Trouble({ document }: { document: TextDocument }): ReactNode {
  const { documents } = useWorkspace();
  const { trouble } = useStore(document.state);
  if (trouble === undefined) return null;
  const name = nameOf(document.path);
  const gone = trouble === "gone";
  return (
    <div className="border-b border-line bg-warn-wash px-3 py-1.5">
      <div role="alert" className="flex flex-wrap items-center gap-2 text-warn">
        <Icon name="warn" />
        <span className="min-w-0 flex-1 basis-56">
          {gone ? messages.editor.gone({ name }) : messages.editor.conflict({ name })}
        </span>
        <span className="flex gap-2">
          <Button onClick={() => documents.keepMine(document)}>
            {gone ? messages.editor.restore : messages.editor.keepMine}
          </Button>
          <Button onClick={() => (gone ? documents.removed(document.path) : documents.takeTheirs(document))}>
            {gone ? messages.editor.discard : messages.editor.takeTheirs}
          </Button>
        </span>
      </div>
      {!gone && (
        <DiffView
          before={trouble.theirs}
          after={trouble.mine}
          label={messages.editor.conflictDiff({ name })}
          height="max-h-36"
        />
      )}
    </div>
  );
}

/** The mistake with which a build of this Dockerfile could not begin, for those who cannot point at its mark. */
function Mistake({ document }: { document: TextDocument }): ReactNode {
  const { builds } = useWorkspace();
  const found = useStore(document.findings)?.failure;
  const build = useStore(builds.shown);
  const narrow = useNarrow();
  // Beside the build that failed for it, it is told there.
  const told = !narrow && builds.isShown(document.path) && build?.failure?.message === found?.message;
  const failure = told ? undefined : found;
  const line = failure?.range?.startLine;
  return (
    <div role="status" data-testid="mistake">
      {failure !== undefined && (
        <p className="flex items-start gap-2 border-t border-line bg-bad-wash px-3 py-1 text-xs text-bad">
          <Icon name="cross" className="mt-px size-3.5" />
          <span className="min-w-0 flex-1 break-words">{failure.message}</span>
          {line !== undefined && (
            <button
              type="button"
              aria-label={messages.build.goToLine({ line })}
              className="shrink-0 font-medium underline underline-offset-3"
              onClick={() => builds.reveal.set({ path: document.path, line, focus: true })}
            >
              {messages.build.line({ line })}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function Content({ document }: { document: TextDocument }): ReactNode {
  const { content } = useStore(document.state);
  if (content === "loading") return <Loading />;
  if (content === "missing") return <Missing />;
  if (content === "binary" || content === "large")
    return <NoText key={document.path} path={document.path} why={content} />;
  return <MonacoEditor document={document} />;
}

function Loading(): ReactNode {
  return (
    <p className="flex items-center gap-2 p-4 text-ink-soft">
      <Spinner /> {messages.editor.loading}
    </p>
  );
}

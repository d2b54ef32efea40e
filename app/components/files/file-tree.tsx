"use client";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { DragEvent, KeyboardEvent, ReactNode } from "react";
import { errorText } from "../../lib/api.ts";
import { download } from "../../lib/download.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { IconButton } from "../ui/button.tsx";
import { PaneHeader } from "../ui/empty.tsx";
import { Spinner } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { useRowsInSight } from "../ui/use-rows-in-sight.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { restorable } from "./deleted-files.ts";
import { FileRow, NameRow } from "./file-row.tsx";
import { joinPath, linesOf, parentOf, rowHeight, visibleRows, withParents } from "./file-tree-model.ts";
import type { Editing, TreeRow } from "./file-tree-model.ts";
import { droppedFiles, unpack, upload } from "./upload.ts";
import type { UploadFile } from "./upload.ts";

/** What a row that is dragged is called; as JSON, which names that are not UTF-8 survive, too. */
const draggedPath = "application/x-drydock-path";

/** The left pane: the workspace's files. */
export function FileTree({ onOpen }: { onOpen: (path: string, toWrite?: boolean) => void }): ReactNode {
  const { files, api, notices, documents } = useWorkspace();
  const { mayEdit } = documents;
  const entries = useStore(files.entries);
  const selected = useStore(documents.active);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState("");
  const [editing, setEditing] = useState<Editing>();
  const [deleting, setDeleting] = useState<string>();
  const [menuOf, setMenuOf] = useState<string>();
  const [dropOn, setDropOn] = useState<string>();
  /** counts the times that the focus comes back to the tree */
  const [returned, setReturned] = useState(0);
  const picker = useRef<HTMLInputElement>(null);
  const tarPicker = useRef<HTMLInputElement>(null);
  const tree = useRef<HTMLDivElement>(null);

  const rows = useMemo(() => visibleRows(entries ?? [], open), [entries, open]);
  const lines = useMemo(() => linesOf(rows, editing), [rows, editing]);
  const current = rows.find((row) => row.entry.path === focused) ?? rows[0];
  const { setTop, first, last } = useRowsInSight(tree, { count: lines.length, rowHeight, beyond: 12, height: 800 });
  // What is typed in and what has the focus stays, however far it is scrolled away.
  const kept = useMemo(
    () => lines.flatMap(({ row }, index) => (row === undefined || row === current ? [index] : [])),
    [lines, current],
  );
  const inSight = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  const shown = [...new Set([...kept, ...inSight])].toSorted((a, b) => a - b);
  const here = rows.find((row) => row.entry.path === focused)?.entry;
  const directory =
    here === undefined ? "" : here.kind === "directory" && open.has(here.path) ? here.path : parentOf(here.path);

  useEffect(() => {
    // Not from where the learner has gone meanwhile.
    const free = document.activeElement === document.body || tree.current?.contains(document.activeElement);
    if (returned > 0 && free) tree.current?.querySelector<HTMLElement>("[role=treeitem][tabindex='0']")?.focus();
  }, [returned]);
  const onMenu = useCallback((path: string | undefined): void => {
    setMenuOf(path);
    // Its button is among those that the keyboard reaches, and has the focus again afterwards.
    if (path !== undefined) setFocused(path);
  }, []);
  const returnTo = (path: string): void => {
    setFocused(path);
    setReturned((count) => count + 1);
  };

  const toggle = (path: string): void => {
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  };
  // What is in the editor is seen in the tree, wherever it has gone; a folder that is closed afterwards stays closed.
  useEffect(() => {
    if (selected !== undefined) setOpen((before) => withParents(before, selected));
  }, [selected]);
  const choose = ({ entry }: TreeRow): void => {
    setFocused(entry.path);
    if (entry.kind === "directory") toggle(entry.path);
    else onOpen(entry.path);
  };
  const send = async (target: string, given: UploadFile[]): Promise<void> => {
    await upload({ api, notices, entries: files.entries.value ?? [] }, target, given);
    if (target !== "") setOpen((before) => new Set([...before, target]));
    await files.refresh();
  };
  const unpackTar = async (tar: File): Promise<void> => {
    try {
      await documents.flush();
      await unpack({ api, notices }, tar);
    } catch (error) {
      notices.show("error", errorText(error));
    }
    await files.refresh();
  };
  const finish = async (name: string | undefined): Promise<void> => {
    setEditing(undefined);
    if (name === undefined || editing === undefined) {
      setReturned((count) => count + 1);
      return;
    }
    if (name === "" || name === "." || name === ".." || name.startsWith("/")) {
      notices.show("error", messages.files.badName);
    } else if (editing.kind === "rename") {
      const to = joinPath(parentOf(editing.path), name);
      if (to !== editing.path) await documents.rename(editing.path, to);
      setOpen((before) => withParents(before, to));
      returnTo(to);
    } else {
      const path = joinPath(editing.directory, name);
      if (!(await files.create(path, editing.kind))) return;
      returnTo(path);
      setOpen((before) => new Set([...before, editing.directory, ...(editing.kind === "directory" ? [path] : [])]));
      if (editing.kind === "file") onOpen(path, true);
    }
  };
  const create = (kind: "file" | "directory"): void => {
    if (directory !== "") setOpen((before) => new Set([...before, directory]));
    setEditing({ kind, directory });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined || editing !== undefined) return;
    const action = keyAction(event.key, rows, current);
    if (action === undefined) return;
    event.preventDefault();
    if (action === "toggle") toggle(current.entry.path);
    else if (action === "choose") choose(current);
    else if ((action === "rename" || action === "delete") && !mayEdit) return;
    else if (action === "rename") setEditing({ kind: "rename", path: current.entry.path });
    else if (action === "delete") setDeleting(current.entry.path);
    else returnTo(action.focus);
  };
  const wish = useStore(files.wish);
  useEffect(() => {
    if (wish === undefined) return;
    files.wish.set(undefined);
    if (wish === "upload") picker.current?.click();
    else if (wish === "unpack") tarPicker.current?.click();
    else create(wish);
  });
  const rowAt = (target: EventTarget): TreeRow | undefined => {
    const path = target instanceof Element && target.closest<HTMLElement>("[data-path]")?.dataset["path"];
    return rows.find(({ entry }) => entry.path === path);
  };
  const onDrop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    const target = directoryOf(rowAt(event.target));
    setDropOn(undefined);
    if (!mayEdit) return;
    const dragged = event.dataTransfer.getData(draggedPath);
    if (dragged === "") return send(target, await droppedFiles(event.dataTransfer));
    const moved = JSON.parse(dragged) as string;
    if (parentOf(moved) !== target && !`${target}/`.startsWith(`${moved}/`)) {
      await documents.rename(moved, joinPath(target, moved.slice(moved.lastIndexOf("/") + 1)));
    }
  };
  const onDragOver = (event: DragEvent): void => {
    event.preventDefault();
    if (mayEdit) setDropOn(directoryOf(rowAt(event.target)));
  };
  const pick = (list: FileList | null): void => {
    void send(
      directory,
      [...(list ?? [])].map((file) => ({ path: file.name, file })),
    );
  };
  const rowMenu = ({ entry }: TreeRow): MenuItem[][] => [
    [
      {
        label: messages.actions.rename,
        icon: "file",
        needs: "editor",
        onSelect: () => setEditing({ kind: "rename", path: entry.path }),
      },
      {
        label: entry.kind === "directory" ? messages.files.download : messages.files.downloadFile,
        icon: "download",
        onSelect: () => download(entry.kind === "directory" ? api.tarUrl(entry.path) : api.fileUrl(entry.path)),
      },
      {
        label: messages.actions.delete,
        icon: "trash",
        danger: true,
        needs: "editor",
        onSelect: () => setDeleting(entry.path),
      },
    ],
  ];
  const menu: MenuItem[][] = [
    [
      { label: messages.files.upload, icon: "upload", needs: "editor", onSelect: () => picker.current?.click() },
      { label: messages.files.unpack, icon: "layers", needs: "editor", onSelect: () => tarPicker.current?.click() },
      { label: messages.files.download, icon: "download", onSelect: () => download(api.tarUrl()) },
    ],
  ];

  return (
    // Dropping files has its equal for the keyboard: the upload in the menu.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      aria-label={messages.files.title}
      className={`flex h-full min-h-0 flex-col bg-panel ${dropOn === "" ? "ring-2 ring-accent ring-inset" : ""}`}
      onDragOver={onDragOver}
      onDragLeave={() => setDropOn(undefined)}
      onDrop={(event) => void onDrop(event)}
    >
      <PaneHeader title={messages.files.title}>
        <IconButton icon="filePlus" needs="editor" label={messages.files.newFile} onClick={() => create("file")} />
        <IconButton
          icon="folderPlus"
          needs="editor"
          label={messages.files.newFolder}
          onClick={() => create("directory")}
        />
        <Menu trigger={<IconButton icon="more" label={messages.files.menu} />} groups={menu} />
      </PaneHeader>
      <input ref={picker} type="file" multiple hidden onChange={(event) => pick(event.target.files)} />
      <input
        ref={tarPicker}
        type="file"
        hidden
        accept=".tar,.gz,.tgz,.zst"
        onChange={(event) => {
          const tar = event.target.files?.[0];
          if (tar !== undefined) void unpackTar(tar);
          event.target.value = "";
        }}
      />
      <div
        ref={tree}
        role="tree"
        tabIndex={-1}
        aria-label={messages.files.tree}
        data-scrolls="files"
        className="min-h-0 flex-1 overflow-y-auto px-1.5 py-1.5"
        onKeyDown={onKeyDown}
        onClick={({ target }) => {
          const row = rowAt(target);
          if (row !== undefined) choose(row);
        }}
        onContextMenu={(event) => {
          const row = rowAt(event.target);
          if (row === undefined) return;
          event.preventDefault();
          onMenu(row.entry.path);
        }}
        onDragStart={({ target, dataTransfer }) =>
          dataTransfer.setData(draggedPath, JSON.stringify(rowAt(target)?.entry.path ?? ""))
        }
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
        onFocus={({ target }) => target.dataset["path"] !== undefined && setFocused(target.dataset["path"])}
      >
        <div role="none" className="relative" style={{ height: lines.length * rowHeight }}>
          {shown.map((index) => {
            const { row, name } = lines[index] ?? {};
            return (
              <div
                key={row?.entry.path ?? "name"}
                role="none"
                className="absolute inset-x-0"
                style={{ top: index * rowHeight }}
              >
                {row === undefined ? (
                  name && <NameRow {...name} onDone={(typed) => void finish(typed)} />
                ) : (
                  <FileRow
                    row={row}
                    selected={row.entry.path === selected}
                    focusable={row === current}
                    dropTarget={dropOn !== undefined && dropOn !== "" && dropOn === row.entry.path}
                    menu={row === current ? rowMenu(row) : undefined}
                    menuOpen={row.entry.path === menuOf}
                    onMenu={onMenu}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {entries === undefined && (
        <p className="flex items-center gap-2 p-3 text-ink-soft">
          <Spinner /> {messages.files.loading}
        </p>
      )}
      {entries?.length === 0 && editing === undefined && (
        <p className="p-3 text-xs text-ink-soft">{messages.files.empty}</p>
      )}
      {deleting !== undefined && (
        <DeleteDialog
          path={deleting}
          restorable={restorable(entries ?? [], deleting) !== undefined}
          onClose={() => setDeleting(undefined)}
          onDelete={async () => {
            setDeleting(undefined);
            const at = rows.findIndex((row) => row.entry.path === deleting);
            const left = rows.filter((row) => !`${row.entry.path}/`.startsWith(`${deleting}/`));
            // What was typed last can be brought back, too.
            await documents.flush();
            if (!(await files.remove(deleting))) return;
            documents.removed(deleting);
            returnTo((left[at] ?? left.at(-1))?.entry.path ?? "");
          }}
        />
      )}
    </section>
  );
}

/** Where something goes that is dropped on a row, or beside them all. */
function directoryOf(row: TreeRow | undefined): string {
  if (row === undefined) return "";
  const { entry } = row;
  return entry.kind === "directory" ? entry.path : parentOf(entry.path);
}

/** What a key does in the tree (WAI-ARIA tree view pattern). */
function keyAction(
  key: string,
  rows: TreeRow[],
  current: TreeRow,
): "toggle" | "choose" | "rename" | "delete" | { focus: string } | undefined {
  const index = rows.indexOf(current);
  const focus = (row: TreeRow | undefined): { focus: string } | undefined => row && { focus: row.entry.path };
  const isDirectory = current.entry.kind === "directory";
  switch (key) {
    case "ArrowDown":
      return focus(rows[index + 1]);
    case "ArrowUp":
      return focus(rows[index - 1]);
    case "Home":
      return focus(rows[0]);
    case "End":
      return focus(rows.at(-1));
    case "ArrowRight":
      return isDirectory && !current.open ? "toggle" : focus(rows[index + 1]);
    case "ArrowLeft":
      if (current.open) return "toggle";
      return focus(rows.find((row) => row.entry.path === parentOf(current.entry.path)));
    case "Enter":
    case " ":
      return "choose";
    case "F2":
      return "rename";
    case "Delete":
      return "delete";
    default:
      return undefined;
  }
}

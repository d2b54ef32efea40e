"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { DiffView } from "../diff/diff-view.tsx";
import { nameOf } from "../files/file-tree-model.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const text = messages.buildView.experiment;

/** What each variant has otherwise than the first, as the files are now. */
export function VariantDiff({ paths }: { paths: readonly string[] }): ReactNode {
  const { api } = useWorkspace();
  const [texts, setTexts] = useState<readonly string[]>();
  const [error, setError] = useState<string>();
  const key = paths.join("\n");
  useEffect(() => {
    let gone = false;
    Promise.all(key.split("\n").map((path) => api.readFile(path))).then(
      (files) => !gone && setTexts(files.map(({ bytes }) => new TextDecoder().decode(bytes))),
      (cause: unknown) => !gone && setError(errorText(cause)),
    );
    return () => {
      gone = true;
    };
  }, [api, key]);
  const [first = "", ...others] = paths;
  return (
    <section className="px-3 py-2 text-xs">
      <h3 className="pb-1 font-medium">{text.differences}</h3>
      {error !== undefined && <p className="text-bad">{error}</p>}
      {texts !== undefined &&
        others.map((path, index) => (
          <div key={path} className="pb-2">
            <p className="pb-0.5 font-mono text-ink-soft">
              {nameOf(first)} → {nameOf(path)}
            </p>
            <DiffView
              before={texts[0] ?? ""}
              after={texts[index + 1] ?? ""}
              label={text.diffOf({ name: nameOf(path) })}
            />
          </div>
        ))}
    </section>
  );
}

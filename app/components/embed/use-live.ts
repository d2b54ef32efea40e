"use client";
import { useCallback, useEffect, useState } from "react";
import type { WorkspaceView } from "#contract/playground-api.ts";
import { errorText, goLive, isPassing, openWorkspace, WorkspaceApi } from "../../lib/api.ts";
import { speakAsFrame } from "../../lib/http.ts";
import { keepLive, readLive } from "./kept-live.ts";

/** How often a frame that waits asks for its place, ms. */
const period = 2000;

/** What a frame is. `run`: it was just made, and is to build and run at once. `kept`: it is so again after a reload. */
export type LiveState =
  | { is: "recording"; failure?: string }
  | { is: "starting" }
  | { is: "waiting"; position: number }
  | { is: "live"; view: WorkspaceView; run: boolean; kept: boolean };

/** From the recording of a snippet to a workspace of the frame's own, when its reader wants that; after a reload, back to it. */
export function useLive(snippet: string): { state: LiveState; start: () => void; startOver: () => Promise<void> } {
  const [state, setState] = useState<LiveState>({ is: "recording" });
  /** the one that is asked for until it has a place */
  const [asked, setAsked] = useState<{ workspace: string; run: boolean; kept: boolean }>();

  useEffect(() => {
    const kept = readLive(snippet);
    speakAsFrame(kept?.token);
    if (kept !== undefined) setAsked({ workspace: kept.workspace, run: false, kept: true });
  }, [snippet]);

  useEffect(() => {
    if (asked === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const ask = async (): Promise<void> => {
      try {
        const view = await openWorkspace({ id: asked.workspace });
        if (gone) return;
        if (view.expired !== undefined) forget();
        else if (view.waiting === undefined) setState({ is: "live", view, run: asked.run, kept: asked.kept });
        else {
          setState({ is: "waiting", position: view.waiting });
          timer = setTimeout(() => void ask(), period);
        }
      } catch (error) {
        if (gone) return;
        if (isPassing(error)) timer = setTimeout(() => void ask(), period);
        else forget();
      }
    };
    const forget = (): void => {
      keepLive(snippet, undefined);
      speakAsFrame();
      setState({ is: "recording" });
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [snippet, asked]);

  const start = useCallback((): void => {
    setState({ is: "starting" });
    goLive(snippet).then(
      ({ token, workspace: { id } }) => {
        speakAsFrame(token);
        setAsked({ workspace: id, run: true, kept: keepLive(snippet, { token, workspace: id }) });
      },
      (error: unknown) => setState({ is: "recording", failure: errorText(error) }),
    );
  }, [snippet]);

  /** Back to the recording; what was made live is gone. */
  const workspace = asked?.workspace;
  const startOver = useCallback(async (): Promise<void> => {
    // What cannot be deleted now goes by itself when nobody has used it for long.
    if (workspace !== undefined) await new WorkspaceApi(workspace).discard().catch(() => undefined);
    keepLive(snippet, undefined);
    speakAsFrame();
    setAsked(undefined);
    setState({ is: "recording" });
  }, [snippet, workspace]);
  return { state, start, startOver };
}

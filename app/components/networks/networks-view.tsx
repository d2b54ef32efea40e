"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { NetworkPicture } from "#contract/network-picture.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { NetworkDrawing } from "./network-drawing.tsx";
import { NetworkTable } from "./network-table.tsx";
import { ReachText } from "./reach-text.tsx";

const words = messages.running;

/** A change that no container's event tells of (a network was made) is seen so much later, ms. */
const interval = 4000;

/** Networks, who is on them, and who reaches whom: a picture, and the same as a table. */
export function NetworksView(): ReactNode {
  const { containers } = useWorkspace();
  const list = useStore(containers.list);
  const { picture, failure } = usePicture(list);
  const [selected, setSelected] = useState<string>();
  if (failure !== undefined && picture === undefined) return <p className="p-3 text-xs text-bad">{failure}</p>;
  if (picture === undefined) return <p className="p-3 text-xs text-ink-faint">{words.details.loading}</p>;
  const chosen = picture.containers.find(({ id }) => id === selected);
  return (
    <section
      aria-label={words.views.networks}
      data-testid="networks"
      data-scrolls="networks"
      className="h-full min-h-0 overflow-y-auto p-3"
    >
      <NetworkDrawing picture={picture} selected={chosen?.id} onSelect={setSelected} />
      <p role="status" className="mt-1 mb-3 text-xs text-ink-soft" data-testid="reach">
        {chosen === undefined ? words.networks.choose : <ReachText picture={picture} container={chosen} />}
      </p>
      <NetworkTable picture={picture} />
    </section>
  );
}

/** Asked for anew whenever the containers change, and now and then. */
function usePicture(list: unknown): { picture: NetworkPicture | undefined; failure: string | undefined } {
  const { api } = useWorkspace();
  const [picture, setPicture] = useState<NetworkPicture>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const found = document.hidden ? undefined : await api.networks();
        if (!gone && found !== undefined) setPicture(found);
      } catch (error) {
        if (!gone) setFailure(errorText(error));
      }
      if (!gone) timer = setTimeout(() => void look(), interval);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [api, list]);
  return { picture, failure };
}

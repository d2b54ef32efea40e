"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { VirtualLines } from "../ui/virtual-lines.tsx";
import { Ending } from "../containers/ending.tsx";
import { StartFailureCard } from "../containers/start-failure-card.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { LogBuffer, shownLines } from "./log-buffer.ts";
import { LogToolbar } from "./log-toolbar.tsx";
import type { LogView } from "./log-toolbar.tsx";

const words = messages.running;

/** Before output that ended while its container runs is followed again. Milliseconds. */
const restartPause = 300;

/** What a container has printed, followed while it runs. */
export function ContainerLog({ container }: { container: ContainerView }): ReactNode {
  const { api, connection } = useWorkspace();
  const { id, state } = container;
  const [buffer] = useState(() => new LogBuffer());
  const [position] = useState({ next: 0 });
  const [version, setVersion] = useState(0);
  const [follows, setFollows] = useState(0);
  const [view, setView] = useState<LogView>({ search: "", follow: true, timestamps: false });

  useEffect(() => {
    // After its end the stream is over; a new start of the container continues it. One that is only created has none
    // yet, and may have ended before it was ever shown as running.
    let frame: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const waiting: (() => void)[] = [];
    const show = (): void => {
      frame = undefined;
      setVersion(buffer.version);
      for (const resolve of waiting.splice(0)) resolve();
    };
    const stop = connection.follow(
      { kind: "output", container: id, position: position.next },
      {
        onData: (records, next) => {
          for (const record of records) {
            if (record.offset >= position.next) buffer.append(record.text, record.time);
          }
          position.next = next;
          frame ??= setTimeout(show, 32);
          return new Promise((resolve) => waiting.push(resolve));
        },
        onEnd: (message) => {
          // A quick restart: the stream has ended with the old run, and the list never showed it as ended.
          if (state === "running" && message === undefined) {
            again = setTimeout(() => setFollows((count) => count + 1), restartPause);
          }
        },
      },
    );
    return () => {
      stop();
      clearTimeout(again);
      // A frame that is due is still drawn: what is in the buffer does not come again.
      for (const resolve of waiting.splice(0)) resolve();
    };
  }, [connection, id, state, follows, buffer, position]);

  if (buffer.lines.length === 0) {
    const over = container.state === "exited" || container.state === "dead";
    if (container.error !== undefined) return <StartFailureCard image={container.image} text={container.error} />;
    return (
      <>
        <Ending container={container} />
        <p className="px-3 py-1.5 text-xs text-ink-faint">
          {over ? messages.containers.noOutputAtAll : messages.containers.noOutput}
        </p>
      </>
    );
  }
  const lines = shownLines(buffer.lines, view.search, view.timestamps);
  return (
    <div className="flex h-full min-h-0 flex-1 flex-col bg-ground">
      {container.error === undefined ? (
        <Ending container={container} />
      ) : (
        <StartFailureCard image={container.image} text={container.error} />
      )}
      <LogToolbar
        view={view}
        found={lines.length}
        downloadUrl={api.details.logUrl(id)}
        onChange={(change) => setView((before) => ({ ...before, ...change }))}
      />
      {buffer.dropped > 0 && (
        <p className="px-3 pt-1 text-xs text-ink-faint">{messages.containers.older({ count: buffer.dropped })}</p>
      )}
      <div className="min-h-0 flex-1" data-testid="container-output">
        {lines.length === 0 ? (
          <p className="p-3 text-xs text-ink-faint">{words.log.none}</p>
        ) : (
          <VirtualLines
            lines={lines}
            version={version}
            label={messages.containers.output({ name: container.name })}
            follow={view.follow}
            scrolls="log-lines"
            onFollow={(follow) => setView((before) => ({ ...before, follow }))}
          />
        )}
      </div>
    </div>
  );
}

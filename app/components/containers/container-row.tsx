"use client";
import type { ReactNode } from "react";
import type { ContainerAction, ContainerView } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { endingText } from "./ending.tsx";
import { shownPorts } from "./web-ports.ts";
import { useAway } from "../workspace/use-away.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";

const words = messages.running;

interface ContainerRowProps {
  container: ContainerView;
  selected: boolean;
  onTerminal: (container: string) => void;
}

export function ContainerRow({ container, selected, onTerminal }: ContainerRowProps): ReactNode {
  const { containers } = useWorkspace();
  const busy = useStore(containers.busy).has(container.id);
  const { id, name, image, state, ports } = container;
  // What has ended stays so.
  const isUnknown = useAway() && state !== "exited";
  const removal = useStore(containers.removals.pending).get(id);
  const other = useStore(containers.removals.byOthers)[id];
  const running = state === "running" || state === "restarting" || state === "paused";
  const { pages, noPages, hidden } = shownPorts(removal ? [] : ports);
  const act = (action: ContainerAction) => () => void containers.act(id, action);
  const lasting: MenuItem[][] = [
    running
      ? [
          { label: messages.containers.terminal, icon: "terminal", needs: "editor", onSelect: () => onTerminal(id) },
          { label: messages.containers.restart, icon: "restart", needs: "editor", onSelect: act("restart") },
          state === "paused"
            ? { label: words.unpause, icon: "play", needs: "editor", onSelect: act("unpause") }
            : { label: words.pause, icon: "pause", needs: "editor", onSelect: act("pause") },
          { label: messages.containers.kill, icon: "cross", needs: "editor", onSelect: act("kill") },
        ]
      : [{ label: messages.containers.start, icon: "play", needs: "editor", onSelect: act("start") }],
    [
      {
        label: messages.containers.remove,
        icon: "trash",
        needs: "editor",
        danger: true,
        onSelect: () => containers.removals.ask(container),
      },
    ],
  ];
  // The menu's button stays where it has the focus.
  const undo = { label: messages.actions.undo, onSelect: () => containers.removals.undo(id) };
  const menu = removal ? [removal.waits ? [undo] : []] : lasting;
  return (
    <li
      data-testid="container"
      data-removing={removal && ""}
      data-state={state}
      className={`flex flex-wrap items-center gap-1 rounded-md pr-1 ${selected ? "bg-accent-wash" : "hover:bg-raised"}`}
    >
      <button
        type="button"
        aria-pressed={selected}
        onClick={() => containers.selected.set(id)}
        className="flex min-h-9 min-w-32 flex-1 items-center gap-2 pl-2 text-left"
      >
        <StateDot container={container} isUnknown={isUnknown} />
        <span className="min-w-0">
          <span className={`block truncate leading-4 font-medium ${removal ? "text-ink-soft line-through" : ""}`}>
            {name}
          </span>
          <span className="block text-2xs leading-3.5 text-ink-soft min-[601px]:truncate">
            {(removal ?? other) && (
              <span className="font-medium text-warn">
                {removal ? removalText(removal.waits) : messages.containers.removal.byOther({ name: other ?? "" })}{" "}
                ·{" "}
              </span>
            )}
            {image.replace(/^sha256:(.{12}).*/, "$1")} ·{" "}
            {isUnknown ? messages.connection.unknown : <StateText container={container} />}
            {container.health && !isUnknown && (
              <span className={healthColours[container.health]}> · {words.health[container.health]}</span>
            )}
            {container.published.length > 0 && ` · ${portsText(container)}`}
          </span>
        </span>
      </button>
      {pages.map(({ port, address }) => (
        <Button
          key={`${address}:${port}`}
          look="primary"
          data-guided="open"
          className="h-6 px-2 text-xs"
          icon="open"
          title={messages.containers.open({ port })}
          onClick={() => void containers.open(id, port)}
        >
          {messages.containers.openShort({ port })}
        </Button>
      ))}
      {!removal && state === "running" && (
        <IconButton
          icon="terminal"
          needs="editor"
          label={messages.containers.terminalIn({ name })}
          onClick={() => onTerminal(id)}
        />
      )}
      {removal ? (
        removal.waits && (
          <Button
            className="h-6 px-2 text-xs"
            title={messages.containers.removal.undo({ name })}
            onClick={() => containers.removals.undo(id)}
          >
            {messages.actions.undo}
          </Button>
        )
      ) : (
        // One button all the time: it keeps the focus.
        <IconButton
          icon={busy ? "spinner" : running ? "stop" : "play"}
          label={running ? messages.containers.stop : messages.containers.start}
          needs="editor"
          disabled={busy}
          className={busy ? "turning" : ""}
          onClick={act(running ? "stop" : "start")}
        />
      )}
      <Menu trigger={<IconButton icon="more" label={messages.containers.actionsFor({ name })} />} groups={menu} />
      {noPages.length > 0 && (
        <p data-testid="no-page" className="w-full pb-1 pl-8 text-xs text-ink-soft">
          {messages.containers.noPage({ ports: noPages.map((port) => `:${port}`).join(", ") })}
        </p>
      )}
      {hidden?.loopback !== undefined && (
        <p data-testid="inside-only" className="w-full pb-1 pl-8 text-xs text-warn">
          {messages.containers.insideOnly({ where: `${hidden.loopback}:${hidden.port}` })}
        </p>
      )}
    </li>
  );
}

function removalText(waits: boolean): string {
  return waits ? messages.containers.removal.soon : messages.containers.state.removing;
}

const healthColours = { starting: "text-warn", healthy: "text-good", unhealthy: "text-bad" } as const;

/** Once for an address of each family. */
function portsText({ published }: ContainerView): string {
  return [
    ...new Set(published.map(({ port, containerPort }) => words.published({ port, inside: containerPort }))),
  ].join(" ");
}

interface StateDotProps {
  container: ContainerView;
  isUnknown: boolean;
}

function StateDot({ container: { state, exitCode, ending }, isUnknown }: StateDotProps): ReactNode {
  if (state === "exited") {
    if (ending === "stopped") return <Icon name="stop" className="text-ink-faint" />;
    return exitCode === 0 ? <Icon name="check" className="text-good" /> : <Icon name="cross" className="text-bad" />;
  }
  const colour = isUnknown ? "bg-ink-faint" : state === "running" ? "bg-good" : state === "dead" ? "bg-bad" : "bg-warn";
  return (
    <span className="grid size-4 shrink-0 place-items-center" aria-hidden="true">
      <span className={`size-2 rounded-full ${colour}`} />
    </span>
  );
}

function StateText({ container }: { container: ContainerView }): string {
  return container.state === "exited" ? endingText(container) : messages.containers.state[container.state];
}

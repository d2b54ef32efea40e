"use client";
import type { ReactNode } from "react";
import type { ContainerView } from "#contract/playground-api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { composeCommand } from "./compose-file.ts";
import type { ComposeService } from "./compose-file.ts";

const words = messages.running;

interface ComposeServicesProps {
  path: string;
  services: readonly ComposeService[];
}

/** A line for each service of the file, with its containers as they are now. */
export function ComposeServices({ path, services }: ComposeServicesProps): ReactNode {
  const { containers } = useWorkspace();
  const own = (useStore(containers.list) ?? []).filter(({ compose }) => compose?.file === path);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto" data-scrolls="compose">
      <ul className="p-1" aria-label={words.compose.services}>
        {services.map((service) => (
          <Service
            key={service.name}
            service={service}
            containers={own.filter(({ compose }) => compose?.service === service.name)}
          />
        ))}
      </ul>
      <p className="px-3 pb-2 text-2xs text-ink-faint">
        {words.compose.note} <code className="font-mono">{composeCommand(path, "up -d --build")}</code>
      </p>
    </div>
  );
}

function Service({ service, containers }: { service: ComposeService; containers: ContainerView[] }): ReactNode {
  const { containers: store } = useWorkspace();
  const { name, image, build, ports, dependsOn } = service;
  const from = build === undefined ? (image ?? "") : words.compose.builtFrom({ directory: build });
  return (
    <li data-testid="service" data-service={name} className="rounded-md px-2 py-1">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{name}</span>
        <span className="font-mono text-2xs text-ink-faint">{from}</span>
        {ports.length > 0 && <span className="font-mono text-2xs text-ink-soft">{ports.join(" ")}</span>}
        {dependsOn.length > 0 && (
          <span className="text-2xs text-ink-faint">{words.compose.needs({ names: dependsOn.join(", ") })}</span>
        )}
      </p>
      {containers.length === 0 ? (
        <p className="text-xs text-ink-faint">{words.compose.absent}</p>
      ) : (
        <ul>
          {containers.map((container) => (
            <li key={container.id}>
              <button
                type="button"
                onClick={() => {
                  store.selected.set(container.id);
                  store.view.set("containers");
                }}
                className="flex items-center gap-1.5 rounded-sm text-xs text-ink-soft hover:text-ink hover:underline"
              >
                <span
                  aria-hidden="true"
                  className={`size-2 rounded-full ${container.state === "running" ? "bg-good" : "bg-ink-faint"}`}
                />
                {container.name}: {stateOf(container)}
              </button>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function stateOf({ state, exitCode, health }: ContainerView): string {
  if (state === "exited" && exitCode !== undefined) return messages.containers.exited({ code: exitCode });
  return health === undefined ? messages.containers.state[state] : words.health[health];
}

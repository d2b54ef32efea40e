"use client";
import type { ReactNode } from "react";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Coming, Empty, PaneHeader } from "../ui/empty.tsx";
import { Menu } from "../ui/menu.tsx";
import type { MenuItem } from "../ui/menu.tsx";
import { EnlargeButton, type EnlargeProps } from "../panes/enlarge-button.tsx";
import { BuildViews } from "../build-view/build-views.tsx";
import { useAway } from "../workspace/use-away.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { describeBuild } from "./build-history.ts";
import { dockerfileOf } from "./build-state.ts";
import { BuildResult } from "./build-result.tsx";
import { BuildStatus } from "./build-status.tsx";
import { BuildSteps } from "./build-steps.tsx";
import { DownloadMenu } from "./download-menu.tsx";
import { BuildTelling } from "./build-telling.tsx";
import { ChangedSince } from "./changed-since.tsx";
import { useImageToRun } from "./use-image-to-run.ts";
import type { BuildState } from "./build-state.ts";
import { StepWhy } from "./step-why.tsx";
import { WarningActions } from "./warning-actions.tsx";

interface BuildPanelProps extends EnlargeProps {
  onBuild: () => void;
}

/** The right pane: the shown build, its steps, how it ended; and earlier ones. */
export function BuildPanel({ onBuild, enlarged, onEnlarge }: BuildPanelProps): ReactNode {
  const { builds, containers, dialog } = useWorkspace();
  const build = useStore(builds.shown);
  const history = useStore(builds.history);
  const running = build?.summary.status === "running";
  const file = build && dockerfileOf(build.summary);
  const changed = useStore(builds.changed);
  const reveal = (focus: boolean): { onReveal?: (line: number) => void } =>
    build === undefined || dockerfileOf(build.summary) === undefined
      ? {}
      : { onReveal: (line) => builds.revealLine(line, focus) };
  const toggled = useStore(builds.toggled);
  const isAway = useAway();
  const toRun = useImageToRun();
  const past: MenuItem[] = history.slice(0, 30).map((summary) => ({
    ...describeBuild(summary),
    key: summary.id,
    checked: summary.id === build?.summary.id,
    onSelect: () => builds.show(summary),
  }));
  const options: MenuItem[] = [
    {
      label: messages.build.noCache,
      icon: "restart",
      needs: "editor",
      onSelect: () => void builds.build({ noCache: true }),
    },
    {
      label: messages.build.pull,
      icon: "download",
      needs: "editor",
      onSelect: () => void builds.build({ pull: true }),
    },
    { label: messages.build.withSecrets, icon: "shield", needs: "editor", onSelect: () => dialog.set("secrets") },
  ];
  return (
    <section aria-label={messages.build.title} className="flex h-full min-h-0 flex-col bg-panel">
      <PaneHeader
        title={file === undefined || file === "Dockerfile" ? messages.build.title : messages.build.titleOf({ file })}
      >
        {build && <BuildStatus build={build} isAway={isAway} />}
        {build && <BuildTelling key={build.summary.id} build={build} />}
        {running && (
          <Button look="ghost" needs="editor" className="h-6" onClick={() => void builds.cancel()}>
            {messages.actions.cancel}
          </Button>
        )}
        {past.length > 0 && (
          <Menu
            trigger={<IconButton icon="clock" label={messages.build.history} />}
            title={messages.build.historyTitle}
            groups={[past]}
          />
        )}
        <EnlargeButton enlarged={enlarged} onEnlarge={onEnlarge} />
        <Menu trigger={<IconButton icon="more" label={messages.build.options} />} groups={[options]} />
      </PaneHeader>
      {build === undefined ? (
        <NothingShown onBuild={onBuild} />
      ) : (
        <BuildViews>
          <div data-testid="build">
            {changed && !running && <ChangedSince key={`changed ${build.summary.id}`} build={build} />}
            <BuildResult
              build={build}
              {...reveal(true)}
              toRun={toRun}
              more={<DownloadMenu build={build.summary.id} />}
              onRun={(image) => void containers.run({ image })}
              renderByHand={(step) => <ByHandActions build={build} step={step} />}
              renderActions={(warning) => <WarningActions warning={warning} />}
            />
            <BuildSteps
              key={build.summary.id}
              build={build}
              {...reveal(false)}
              pointing={builds.pointed}
              link={{
                toggled,
                onToggle: (id, open) => builds.toggled.set({ id, open }),
                renderMore: (step) => <StepWhy build={build} step={step} />,
              }}
            />
          </div>
        </BuildViews>
      )}
    </section>
  );
}

/** What a shell has changed is a layer of the image; the Dockerfile makes one without. */
function ByHandActions({ build: { summary }, step }: { build: BuildState; step: string }): ReactNode {
  const { builds } = useWorkspace();
  if (summary.status === "running") return null;
  return (
    <>
      {summary.imageId !== undefined && (
        <Button icon="layers" className="h-6 text-xs" onClick={() => builds.showLayer(step, "byHand")}>
          {messages.build.byHand.show}
        </Button>
      )}
      <Button icon="hammer" needs="editor" className="h-6 text-xs" onClick={() => void builds.rebuild()}>
        {messages.build.byHand.rebuild}
      </Button>
    </>
  );
}

/** There is a build in a moment, or there was none yet. */
function NothingShown({ onBuild }: { onBuild: () => void }): ReactNode {
  const { builds } = useWorkspace();
  const known = useStore(builds.known);
  const starting = useStore(builds.starting);
  const wished = useStore(builds.wished);
  if (starting || wished) return <Coming text={messages.build.starting} />;
  if (!known) return <Coming text={messages.running.details.loading} />;
  return (
    <Empty icon="layers" title={messages.build.emptyTitle} text={messages.build.empty}>
      <Button look="secondary" icon="hammer" needs="editor" onClick={onBuild}>
        {messages.actions.build}
        <kbd className="ml-1 font-sans text-2xs text-ink-faint pointer-coarse:hidden">{messages.build.shortcut}</kbd>
      </Button>
    </Empty>
  );
}

"use client";
import type { ReactNode } from "react";
import { duration, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { nameOf } from "../files/file-tree-model.ts";
import { Icon, Spinner } from "../ui/icons.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import type { Variant } from "./experiment-store.ts";
import { type Measure, measuresOf } from "./measures.ts";

const text = messages.buildView.experiment;

/** The variants in columns, what they are measured by in rows; the best of each row is marked. */
export function VariantTable({ variants }: { variants: readonly Variant[] }): ReactNode {
  const { builds } = useWorkspace();
  const { measures, fromCache, fetched, twins } = measuresOf(variants);
  const show = ({ build }: Variant): void => {
    if (build === undefined) return;
    builds.show(build.summary);
    builds.view.set("steps");
  };
  return (
    <div
      role="region"
      aria-label={text.results}
      // A scrolling region must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      // Positioned: what is for screen readers only would make the page wider.
      className="relative overflow-x-auto border-b border-line px-3 py-2"
    >
      <table className="w-full border-collapse text-xs">
        <thead>
          <tr className="text-left">
            <td />
            {variants.map((variant) => (
              // All as wide: their bars are compared.
              <th
                key={variant.path}
                scope="col"
                className="min-w-28 py-1 pl-3 align-top font-normal"
                style={{ width: `${80 / variants.length}%` }}
              >
                <span className="block font-mono font-semibold break-all">{nameOf(variant.path)}</span>
                <State variant={variant} onShow={() => show(variant)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {measures.map((measure) => (
            <tr key={measure.key} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-2 text-left font-normal text-ink-soft">
                {text.measures[measure.key]}
              </th>
              {variants.map(({ path }, index) => (
                <Cell key={path} measure={measure} index={index} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {twins.map((group) => (
        <p key={group[0]?.path} className="mt-1 text-xs text-pretty text-ink-soft" data-testid="twins">
          {text.twins({ names: group.map(({ path }) => nameOf(path)).join(", ") })}
        </p>
      ))}
      {fromCache.length > 0 && (
        <p className="mt-1 text-xs text-pretty text-warn" data-testid="not-comparable">
          {text.fromCache({ names: fromCache.map(({ path }) => nameOf(path)).join(", ") })}
        </p>
      )}
      {fetched && <p className="mt-1 text-xs text-pretty text-ink-soft">{text.fetched}</p>}
    </div>
  );
}

function State({ variant, onShow }: { variant: Variant; onShow: () => void }): ReactNode {
  const { state, build, error } = variant;
  return (
    <span className="block text-2xs text-ink-faint">
      {state === "building" && (
        <span className="flex items-center gap-1">
          <Spinner className="size-3" /> {messages.build.running}
        </span>
      )}
      {state === "waiting" && text.waiting}
      {state === "failed" && <span className="block text-bad break-words">{error}</span>}
      {build !== undefined && state !== "building" && (
        <button
          type="button"
          className="text-left text-accent hover:underline"
          aria-label={text.showOf({ name: nameOf(variant.path) })}
          onClick={onShow}
        >
          {text.show}
        </button>
      )}
    </span>
  );
}

function Cell({ measure, index }: { measure: Measure; index: number }): ReactNode {
  const value = measure.values[index];
  const most = Math.max(...measure.values.map((each) => each ?? 0), 1);
  const isBest = measure.best.includes(index);
  if (value === undefined) return <td className="py-1.5 pl-3 text-ink-faint">–</td>;
  const shown = {
    time: () => duration(value),
    size: () => size(value),
    cache: () => text.cached({ cached: value, all: measure.of?.[index] ?? 0 }),
    layers: () => String(value),
    waste: () => size(value),
  }[measure.key]();
  const whole = measure.key === "cache" ? Math.max(1, measure.of?.[index] ?? 1) : most;
  return (
    <td className={`py-1.5 pl-3 tabular-nums ${isBest ? "font-medium text-good" : ""}`}>
      <span className="flex items-center gap-1">
        {shown}
        {isBest && (
          <>
            <Icon name="check" className="size-3.5" />
            <span className="sr-only">{text.best}</span>
          </>
        )}
      </span>
      <svg
        aria-hidden="true"
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        className={`mt-0.5 h-1 w-full ${isBest ? "text-good" : "text-accent"}`}
      >
        <rect width="100" height="4" className="fill-raised" />
        <rect width={(100 * value) / whole} height="4" fill="currentColor" opacity="0.6" />
      </svg>
    </td>
  );
}

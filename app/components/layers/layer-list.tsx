"use client";
import type { ReactNode } from "react";
import type { ImageLayers, LayerSummary } from "#contract/image-files.ts";
import { size } from "../../lib/format.ts";
import { pageLanguage } from "../../lib/language.ts";
import { messages } from "../../lib/messages.ts";
import { SizeBar } from "./layer-tree.tsx";

const text = messages.buildView.layers;

interface LayerListProps {
  image: ImageLayers;
  /** undefined: all */
  chosen: number | undefined;
  onChoose: (layer: number | undefined) => void;
  /** a layer's step is pointed at */
  onPoint: (step: string | undefined) => void;
  pointed: string | undefined;
}

/** The layers with the instructions that made them, the lowest first, and all of them as one. */
export function LayerList({ image, chosen, onChoose, onPoint, pointed }: LayerListProps): ReactNode {
  const most = Math.max(...image.layers.map((layer) => layer.size), 1);
  return (
    <ol aria-label={text.list} className="py-1" data-testid="layers">
      <li>
        <Choice isChosen={chosen === undefined} onPress={() => onChoose(undefined)}>
          <span className="min-w-0 flex-1 truncate">{text.all}</span>
          <span className="text-xs text-ink-soft tabular-nums">{size(image.size)}</span>
        </Choice>
      </li>
      {image.layers.map((layer) => (
        <li key={layer.index}>
          <Choice
            isChosen={chosen === layer.index}
            isPointed={layer.step !== undefined && layer.step === pointed}
            onPress={() => onChoose(layer.index)}
            onPoint={(on) => onPoint(on ? layer.step : undefined)}
          >
            <Layer layer={layer} most={most} />
          </Choice>
        </li>
      ))}
      {image.others.length > 0 && (
        <li
          className="px-3 pt-1 text-2xs text-ink-faint"
          title={image.others.map((each) => each.instruction).join("\n")}
        >
          {text.noLayer({ count: image.others.length })}
        </li>
      )}
    </ol>
  );
}

function Layer({ layer, most }: { layer: LayerSummary; most: number }): ReactNode {
  const { index, step, byHand, added, changed, deleted } = layer;
  const instruction = textOf(layer);
  // What a base image's layer tells of itself need not be an instruction.
  const [keyword = "", rest = instruction] = /^([A-Z]+) (.*)$/s.exec(instruction)?.slice(1) ?? [];
  return (
    <>
      <span className="w-5 shrink-0 text-right text-2xs text-ink-faint tabular-nums">{index + 1}</span>
      <span className="min-w-0 flex-1">
        <span
          className={`block truncate text-xs ${byHand === undefined ? "font-mono" : "text-warn"}`}
          title={instruction}
        >
          <span className="font-semibold text-accent">{keyword}</span> {rest}
          {step === undefined && <span className="font-sans text-ink-faint"> {text.base}</span>}
        </span>
        <span className="flex gap-2 text-2xs tabular-nums" title={text.counts({ added, changed, deleted })}>
          {added + changed + deleted === 0 ? (
            <span className="text-ink-faint">{text.noFiles}</span>
          ) : (
            <>
              <span className="text-good">+{added.toLocaleString(pageLanguage())}</span>
              <span className="text-warn">~{changed.toLocaleString(pageLanguage())}</span>
              <span className="text-bad">−{deleted.toLocaleString(pageLanguage())}</span>
            </>
          )}
        </span>
      </span>
      <SizeBar part={layer.size / most} look="text-accent" />
      <span className="w-14 text-right text-xs text-ink-soft tabular-nums">{size(layer.size)}</span>
    </>
  );
}

function textOf({ instruction, byHand }: LayerSummary): string {
  const text = messages.build.byHand;
  if (byHand === undefined) return instruction;
  return byHand.leftBy === undefined ? text.layer({ instruction }) : text.left({ instruction: byHand.leftBy });
}

interface ChoiceProps {
  isChosen: boolean;
  isPointed?: boolean;
  onPress: () => void;
  onPoint?: (on: boolean) => void;
  children: ReactNode;
}

function Choice({ isChosen, isPointed = false, onPress, onPoint, children }: ChoiceProps): ReactNode {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      data-pointed={isPointed ? "" : undefined}
      onClick={onPress}
      onPointerEnter={() => onPoint?.(true)}
      onPointerLeave={() => onPoint?.(false)}
      onFocus={() => onPoint?.(true)}
      onBlur={() => onPoint?.(false)}
      className={`flex min-h-8 w-full items-center gap-2 px-3 py-1 text-left hover:bg-accent-wash ${isPointed ? "bg-accent-wash" : ""} ${isChosen ? "bg-accent-wash shadow-[inset_2px_0_0_var(--accent)]" : ""}`}
    >
      {children}
    </button>
  );
}

"use client";
import type { ReactNode } from "react";
import type { BuildSummary } from "#contract/extension-api.ts";
import type { ImageView } from "#contract/playground-api.ts";
import { ago, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import type { ImageSide } from "../build/builds-store.ts";
import { shortId } from "../layers/image-picker.tsx";
import { inputClass } from "../ui/dialog.tsx";

const text = messages.buildView.compare;

export interface Choice {
  image: string;
  name: string;
  detail: string;
  /** a build that made it, not the image itself */
  build: boolean;
}

/** Builds whose image is still here, newest first, then all images. */
export function choicesOf(images: readonly ImageView[], history: readonly BuildSummary[]): Choice[] {
  const here = new Set(images.map(({ id }) => id));
  const builds = history.flatMap(({ imageId, tags, startedAt }): Choice[] =>
    imageId === undefined || !here.has(imageId)
      ? []
      : [{ image: imageId, name: tags[0] ?? "", detail: ago(startedAt), build: true }],
  );
  const seen = new Set<string>();
  const first = builds.filter(({ image }) => !seen.has(image) && seen.add(image));
  const rest = images.map(({ id, names, size: bytes }): Choice => ({
    image: id,
    name: names[0] ?? shortId(id),
    detail: size(bytes),
    build: false,
  }));
  return [...first, ...rest];
}

function titleOf(choice: Omit<Choice, "build"> | undefined): string | undefined {
  return choice && [...new Set([choice.name, choice.detail, shortId(choice.image)])].join(" · ");
}

interface SidePickerProps {
  label: string;
  side: ImageSide;
  choices: readonly Choice[];
  /** how many it has, once that is known */
  layers: number | undefined;
  onChange: (side: ImageSide) => void;
}

export function SidePicker({ label, side, choices, layers = 0, onChange }: SidePickerProps): ReactNode {
  const groups = [
    { title: text.builds, of: choices.filter(({ build }) => build) },
    {
      title: text.images,
      of: choices.filter(({ build, image }) => !build && !choices.some((each) => each.build && each.image === image)),
    },
  ];
  return (
    // Where both have no room beside each other, the one is beneath: what tells images apart is at the end of their names.
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-soft">
      <span className="w-12 shrink-0" aria-hidden="true">
        {label}
      </span>
      <select
        aria-label={label}
        value={side.image}
        title={titleOf(choices.find(({ image }) => image === side.image))}
        onChange={(event) => onChange({ image: event.currentTarget.value })}
        className={`${inputClass} h-7 min-w-72 flex-1 px-1.5 font-mono text-xs`}
      >
        {groups
          .filter(({ of }) => of.length > 0)
          .map(({ title, of }) => (
            <optgroup key={title} label={title}>
              {of.map(({ image, name, detail }) => (
                <option key={image} value={image}>
                  {titleOf({ image, name, detail })}
                </option>
              ))}
            </optgroup>
          ))}
      </select>
      <span className="w-36 shrink-0">
        <select
          aria-label={text.layerOf({ side: label })}
          value={side.layer ?? ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChange(value === "" ? { image: side.image } : { image: side.image, layer: Number(value) });
          }}
          className={`${inputClass} h-7 px-1.5 text-xs`}
        >
          <option value="">{text.allLayers}</option>
          {Array.from({ length: Math.max(layers, (side.layer ?? -1) + 1) }, (_, index) => (
            <option key={index} value={index}>
              {text.upTo({ layer: index + 1 })}
            </option>
          ))}
        </select>
      </span>
    </div>
  );
}

"use client";
import type { ReactNode } from "react";
import type { ImageView } from "#contract/playground-api.ts";
import { ago, size } from "../../lib/format.ts";
import { inputClass } from "../ui/dialog.tsx";

interface ImagePickerProps {
  label: string;
  images: readonly ImageView[];
  value: string;
  onChange: (image: string) => void;
}

/** One of the workspace's images; those whose name another one has taken by their id. */
export function ImagePicker({ label, images, value, onChange }: ImagePickerProps): ReactNode {
  const isListed = images.some(({ id }) => id === value);
  return (
    <label className="flex shrink-0 items-center gap-2 border-b border-line px-3 py-1.5 text-xs text-ink-soft">
      {label}
      <select
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        className={`${inputClass} h-7 min-w-0 flex-1 px-1.5 font-mono text-xs`}
      >
        {!isListed && <option value={value}>{shortId(value)}</option>}
        {images.map((image) => (
          <option key={image.id} value={image.id}>
            {image.names[0] ?? shortId(image.id)} · {size(image.size)} · {ago(image.createdAt)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

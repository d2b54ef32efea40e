"use client";
import type { ReactNode } from "react";
import type { Waste } from "#contract/image-files.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";
import { SizeBar } from "./layer-tree.tsx";

const text = messages.buildView.layers;
const shown = 50;

/** Bytes that layers hold and that nobody can see any more. */
export function WasteView({ waste }: { waste: Waste }): ReactNode {
  const most = waste.files[0]?.bytes ?? 1;
  const more = waste.omitted + Math.max(0, waste.files.length - shown);
  return (
    <details
      className="border-t border-line px-3 py-1.5 text-xs"
      data-testid="waste"
      open={waste.bytes * 20 > waste.of}
    >
      <summary className="cursor-pointer py-0.5 font-medium">
        {text.waste}: {size(waste.bytes)}
      </summary>
      <p className="py-1 text-ink-soft">
        {waste.bytes === 0
          ? text.wasteNone
          : text.wasteText({ bytes: size(waste.bytes), efficiency: efficiencyOf(waste) })}
      </p>
      {waste.bytes > 0 && <p className="pb-1 text-ink-faint">{text.wasteHint}</p>}
      <ul>
        {waste.files.slice(0, shown).map(({ path, bytes, layer, by, how }) => (
          <li key={`${path} ${layer} ${by}`} className="flex items-center gap-2 py-0.5">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-mono" title={path}>
                {path}
              </span>
              <span className="block text-2xs text-ink-faint">
                {text.wasteHow[how]({ layer: layer + 1, by: by + 1 })}
              </span>
            </span>
            <SizeBar part={bytes / most} look="text-bad" />
            <span className="w-14 text-right tabular-nums">{size(bytes)}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="text-ink-faint">{text.wasteMore({ count: more })}</p>}
    </details>
  );
}

/** `98 %`: of all bytes in the layers, those that can be seen. */
export function efficiencyOf({ bytes, of }: Waste): string {
  return `${of === 0 ? 100 : Math.floor((100 * (of - bytes)) / of)} %`;
}

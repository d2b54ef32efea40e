"use client";
import type { ReactNode } from "react";
import type { ImageComparison } from "#contract/image-files.ts";
import { size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";

const text = messages.buildView.compare;

export function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section className="border-b border-line px-3 py-2 text-xs">
      <h3 className="pb-1 font-medium">{title}</h3>
      {children}
    </section>
  );
}

/** The sizes side by side, drawn. */
export function Sizes({ comparison: { before, after } }: { comparison: ImageComparison }): ReactNode {
  const most = Math.max(before.size, after.size, 1);
  const difference = after.size - before.size;
  const rows = [
    { name: text.before, bytes: before.size, layers: before.layer + 1 },
    { name: text.after, bytes: after.size, layers: after.layer + 1 },
  ];
  return (
    <Section
      title={
        difference === 0
          ? text.sameSize
          : (difference > 0 ? text.larger : text.smaller)({ bytes: size(Math.abs(difference)) })
      }
    >
      <dl className="grid gap-1">
        {rows.map(({ name, bytes, layers }) => (
          <div key={name} className="flex items-center gap-2">
            <dt className="w-12 text-ink-soft">{name}</dt>
            <dd className="flex flex-1 items-center gap-2">
              <svg
                aria-hidden="true"
                viewBox="0 0 100 8"
                preserveAspectRatio="none"
                className="h-2.5 flex-1 text-accent"
              >
                <rect width="100" height="8" className="fill-raised" />
                <rect width={(100 * bytes) / most} height="8" fill="currentColor" opacity="0.6" />
              </svg>
              <span className="w-32 text-right text-ink-soft tabular-nums">
                {size(bytes)}, {text.layers({ count: layers })}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

const looks = {
  both: { sign: " ", look: "text-ink-soft", name: "" },
  before: { sign: "−", look: "bg-bad-wash text-bad", name: text.onlyBefore },
  after: { sign: "+", look: "bg-good-wash text-good", name: text.onlyAfter },
} as const;

export function InstructionDiff({ instructions }: Pick<ImageComparison, "instructions">): ReactNode {
  return (
    <Section title={text.instructions}>
      <ol className="font-mono">
        {instructions.map(({ text: line, in: where }, index) => (
          <li key={index} className={`flex gap-2 px-1 ${looks[where].look}`}>
            <span aria-hidden="true" className="w-2 whitespace-pre">
              {looks[where].sign}
            </span>
            <span className="min-w-0 break-words">
              {where !== "both" && <span className="sr-only">{looks[where].name}: </span>}
              {line}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

export function ConfigDiff({ config }: Pick<ImageComparison, "config">): ReactNode {
  return (
    <Section title={text.config}>
      {config.length === 0 && <p className="text-ink-faint">{text.sameConfig}</p>}
      <dl className="grid gap-1">
        {config.map(({ name, before, after }) => (
          <div key={name}>
            <dt className="font-mono font-semibold">{name}</dt>
            {before !== undefined && <Value sign="−" look="text-bad" name={text.before} value={before} />}
            {after !== undefined && <Value sign="+" look="text-good" name={text.after} value={after} />}
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Value({ sign, look, name, value }: { sign: string; look: string; name: string; value: string }): ReactNode {
  return (
    <dd className={`font-mono break-all ${look}`}>
      <span aria-hidden="true">{sign} </span>
      <span className="sr-only">{name}: </span>
      {value}
    </dd>
  );
}

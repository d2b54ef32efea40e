"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import type { LimitName, LimitUsage } from "#contract/extension-api.ts";
import { errorText } from "../../lib/api.ts";
import { decimal, limit as limitSize, span } from "../../lib/format.ts";
import { pageLanguage } from "../../lib/language.ts";
import { messages } from "../../lib/messages.ts";
import { Dialog, DialogScroll } from "../ui/dialog.tsx";
import { useWorkspace } from "./workspace-context.tsx";

/** How often it is counted anew while the dialog is open, ms. */
const period = 3_000;
const names = Object.keys(messages.limits.names) as LimitName[];

/** Everything that is limited: used, allowed, and who has how much of the disk. */
export default function LimitsDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { api } = useWorkspace();
  const [usage, setUsage] = useState<LimitUsage>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const count = async (): Promise<void> => {
      try {
        const counted = await api.limits();
        if (!gone) {
          setUsage(counted);
          setFailure(undefined);
        }
      } catch (error) {
        if (!gone) setFailure(errorText(error));
      }
      if (!gone) timer = setTimeout(() => void count(), period);
    };
    void count();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [api]);
  return (
    <Dialog title={messages.limits.menu} description={messages.limits.about} onClose={onClose}>
      {failure !== undefined && (
        <p role="alert" className="text-bad">
          {failure}
        </p>
      )}
      {usage === undefined && failure === undefined && <p className="text-ink-soft">{messages.limits.loading}</p>}
      {usage !== undefined && (
        <DialogScroll label={messages.limits.menu}>
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
            {names.map((name) => (
              <Row key={name} name={name} {...usage[name]} />
            ))}
          </dl>
          {usage.diskParts.length > 0 && (
            <p className="mt-3 border-t border-line pt-2 text-xs text-ink-faint">
              {messages.limits.disk}:{" "}
              {usage.diskParts
                .slice(0, 5)
                .map((part) => `${part.name} ${limitSize(part.bytes)}`)
                .join(" · ")}
            </p>
          )}
        </DialogScroll>
      )}
    </Dialog>
  );
}

function Row({ name, used, limit }: { name: LimitName; used?: number; limit?: number }): ReactNode {
  if (used === undefined && limit === undefined) return null;
  const share = used === undefined || limit === undefined || limit === 0 ? undefined : Math.min(1, used / limit);
  return (
    <>
      <dt className="text-ink-soft">{messages.limits.names[name]}</dt>
      <dd className="text-right tabular-nums">
        {text(name, used, limit)}
        {share !== undefined && (
          <span className="mt-0.5 block h-1 overflow-hidden rounded-full bg-raised" aria-hidden="true">
            <span
              className={`block h-full rounded-full ${share >= 0.9 ? "bg-bad" : "bg-accent"}`}
              style={{ width: `${share === 0 ? 0 : Math.max(1, share * 100)}%` }}
            />
          </span>
        )}
      </dd>
    </>
  );
}

function text(name: LimitName, used: number | undefined, limit: number | undefined): string {
  if (name === "ioWeight") {
    const weight = limit ?? 100;
    return weight === 100 ? messages.limits.usualWeight : messages.limits.weight({ times: decimal(weight / 100, 1) });
  }
  if (limit === undefined) return messages.limits.unlimited({ used: amount(name, used ?? 0) });
  return used === undefined
    ? messages.limits.upTo({ limit: amount(name, limit) })
    : messages.limits.of({ used: amount(name, used), limit: amount(name, limit) });
}

const inBytes: ReadonlySet<LimitName> = new Set(["memory", "swap", "disk", "logs", "bandwidth"]);

function amount(name: LimitName, value: number): string {
  if (inBytes.has(name)) return limitSize(value);
  if (name === "idleHours") return value < 1 ? `${Math.round(value * 60)} min` : span(value * 3_600_000);
  return Number(value.toFixed(2)).toLocaleString(pageLanguage());
}

"use client";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { useMessages } from "../ui/language.tsx";
import { Button } from "./button.tsx";

/**
 * In the page itself, since what it guards are the scripts: when one does not arrive React never starts, and the page
 * would stay as the server drew it. It is loaded anew a few times, then says that it could not be loaded.
 */
const guard = `(() => {
  const key = "drydock-load-attempts";
  let failed = false;
  // Of no origin: what is loaded from here counts as another site's, and would fail each time.
  const isSandboxed = self.origin === "null";
  const later = (action) =>
    document.readyState === "loading" ? addEventListener("DOMContentLoaded", action, { once: true }) : action();
  const give = () => {
    try {
      sessionStorage.removeItem(key);
    } catch {}
    const notice = document.getElementById("load-failed");
    if (isSandboxed) {
      notice.querySelector("[data-sandboxed] span").textContent = location.href.replace("/embed/", "/s/");
      for (const other of notice.querySelectorAll("[data-loading]")) other.hidden = true;
      notice.querySelector("[data-sandboxed]").hidden = false;
    }
    notice.hidden = false;
    notice.querySelector("button").addEventListener("click", () => location.reload());
    notice.querySelector("button").focus();
  };
  addEventListener("error", ({ target }) => {
    const isPart = target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === "stylesheet");
    if (!isPart || failed || document.documentElement.dataset.started !== undefined) return;
    failed = true;
    let attempts = 3;
    try {
      attempts = Number(sessionStorage.getItem(key) ?? 0);
      sessionStorage.setItem(key, String(attempts + 1));
    } catch {}
    if (attempts < 3) setTimeout(() => location.reload(), 300 * 2 ** attempts);
    else later(give);
  }, true);
})()`;

/** For the head: before any other script. */
export function LoadGuard({ nonce }: { nonce: string | undefined }): ReactNode {
  // oxlint-disable-next-line react/no-danger -- a constant of this file
  return <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: guard }} />;
}

/** What the guard shows; hidden, and the guard off, once React has started. */
export function LoadFailed(): ReactNode {
  const messages = useMessages();
  useEffect(() => {
    document.documentElement.dataset["started"] = "";
    try {
      sessionStorage.removeItem("drydock-load-attempts");
    } catch {
      // In a frame of another site there is none.
    }
  }, []);
  return (
    <div
      id="load-failed"
      hidden
      suppressHydrationWarning
      role="alert"
      className="fixed inset-0 z-50 grid place-items-center bg-ground p-6 [&[hidden]]:hidden"
    >
      <div className="max-w-sm">
        <h1 className="text-lg font-semibold">{messages.loading.title}</h1>
        <p className="mt-1 mb-4 text-ink-soft" data-loading="">
          {messages.loading.text}
        </p>
        <p className="mt-1 mb-4 text-ink-soft" data-sandboxed="" hidden>
          {messages.loading.sandboxed} <span className="font-mono break-all" />
        </p>
        <Button look="primary" data-loading="">
          {messages.loading.reload}
        </Button>
      </div>
    </div>
  );
}

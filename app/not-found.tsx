import Link from "next/link";
import type { ReactNode } from "react";
import { messages } from "./lib/messages.ts";

export default function NotFound(): ReactNode {
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="max-w-sm">
        <h1 className="text-lg font-semibold">{messages.notFound.title}</h1>
        <p className="mt-1 text-ink-soft">{messages.notFound.text}</p>
        <Link href="/" className="mt-4 inline-block font-medium text-accent underline underline-offset-3">
          {messages.notFound.home}
        </Link>
      </div>
    </main>
  );
}

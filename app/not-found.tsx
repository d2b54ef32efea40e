"use client";
import Link from "next/link";
import type { ReactNode } from "react";
import { useMessages } from "./components/ui/language.tsx";

export default function NotFound(): ReactNode {
  const { notFound } = useMessages();
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="max-w-sm">
        <h1 className="text-lg font-semibold">{notFound.title}</h1>
        <p className="mt-1 text-ink-soft">{notFound.text}</p>
        <Link href="/" className="mt-4 inline-block font-medium text-accent underline underline-offset-3">
          {notFound.home}
        </Link>
      </div>
    </main>
  );
}

'use client';
import { useRef, useState } from 'react';
import { Button } from './button';

const THANKS_MS = 2_000;

/** A line to be used elsewhere. Without https browsers keep the clipboard closed: then it is selected, ready for Ctrl-C. */
export function CopyField({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null);
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    if (code.current) window.getSelection()?.selectAllChildren(code.current);
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Now press Ctrl-C');
    }
    setTimeout(() => setSaid(null), THANKS_MS);
  };
  return (
    <div className="flex items-center gap-2">
      <code ref={code} className="min-w-0 flex-1 select-all break-all rounded-lg bg-stage p-3 text-sm">
        {text}
      </code>
      <Button onClick={() => void copy()} className="shrink-0">
        <span aria-live="polite">{said ?? 'Copy'}</span>
      </Button>
    </div>
  );
}

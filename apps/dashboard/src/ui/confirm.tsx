'use client';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from './button';

export interface Question {
  title: string;
  consequence: string;
  /** What the button says that does it. */
  action: string;
  act: () => Promise<unknown>;
}

/** Asks before something that hurts: a function to ask with, and the dialog to be put on the page. */
export function useConfirm(): [ask: (question: Question) => void, dialog: ReactNode] {
  const [question, setQuestion] = useState<Question | null>(null);
  const dialog = question && <ConfirmDialog question={question} onClose={() => setQuestion(null)} />;
  return [setQuestion, dialog];
}

function ConfirmDialog({ question, onClose }: { question: Question; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const act = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await question.act();
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <dialog
      ref={dialog}
      onClose={onClose}
      aria-labelledby="question"
      className="m-auto w-[calc(100%-2rem)] max-w-md rounded-2xl border border-line bg-panel p-7 text-ink backdrop:bg-stage/80"
    >
      <h2 id="question" className="font-display text-2xl">
        {question.title}
      </h2>
      <p className="mt-3 text-quiet">{question.consequence}</p>
      {problem && (
        <p role="alert" className="mt-3 text-danger text-sm">
          {problem}
        </p>
      )}
      <div className="mt-6 flex justify-end gap-3">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" disabled={busy} onClick={() => void act()}>
          {question.action}
        </Button>
      </div>
    </dialog>
  );
}

'use client';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '../ui/button';
import { ask } from './api';

export function SignIn({ onDone }: { onDone: () => void }) {
  const { register, handleSubmit, formState } = useForm<{ password: string }>();
  const [problem, setProblem] = useState<string | null>(null);
  const submit = handleSubmit(async ({ password }) => {
    setProblem(null);
    try {
      await ask('POST', 'login', { password });
      onDone();
    } catch (error) {
      setProblem((error as Error).message);
    }
  });
  return (
    <main className="flex min-h-dvh items-center justify-center p-6">
      <form
        onSubmit={submit}
        className="w-full max-w-sm space-y-5 rounded-2xl border border-line bg-panel p-8"
      >
        <h1 className="font-display text-3xl">Operate this booth</h1>
        <label className="block space-y-1">
          <span className="text-sm">Password</span>
          <input
            type="password"
            autoComplete="current-password"
            // biome-ignore lint/a11y/noAutofocus: there is nothing else to do here
            autoFocus
            className="w-full rounded-lg border border-line bg-raised px-3 py-2"
            {...register('password', { required: true })}
          />
        </label>
        <p className="text-quiet text-sm">It is printed where the booth was started.</p>
        {problem && (
          <p role="alert" className="text-danger text-sm">
            {problem}
          </p>
        )}
        <Button look="main" type="submit" disabled={formState.isSubmitting} className="w-full">
          Sign in
        </Button>
      </form>
    </main>
  );
}

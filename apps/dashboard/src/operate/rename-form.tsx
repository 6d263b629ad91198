'use client';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '../ui/button';
import { ask } from './api';

const LONGEST = 80;

export function RenameForm({
  stationId,
  name,
  onDone,
}: {
  stationId: string;
  name: string;
  onDone: () => void;
}) {
  const { register, handleSubmit, formState } = useForm({ defaultValues: { name } });
  const [problem, setProblem] = useState<string | null>(null);
  const submit = handleSubmit(async (values) => {
    setProblem(null);
    try {
      await ask('PATCH', `stations/${stationId}`, values);
      onDone();
    } catch (error) {
      setProblem((error as Error).message);
    }
  });
  return (
    <form onSubmit={submit} className="space-y-2">
      <div className="flex gap-2">
        <input
          aria-label="Name of this station"
          maxLength={LONGEST}
          // biome-ignore lint/a11y/noAutofocus: the operator has just asked to type here
          autoFocus
          autoComplete="off"
          className="min-w-0 flex-1 rounded-lg border border-line bg-raised px-3 py-2"
          {...register('name', { required: true, setValueAs: (value: string) => value.trim() })}
        />
        <Button look="main" type="submit" disabled={formState.isSubmitting}>
          Save
        </Button>
      </div>
      {(problem ?? formState.errors.name) && (
        <p role="alert" className="text-danger text-sm">
          {problem ?? 'A station needs a name.'}
        </p>
      )}
    </form>
  );
}

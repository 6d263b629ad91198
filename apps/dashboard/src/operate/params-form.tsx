'use client';
import type { ModeAssignment, ModelView, ModeView } from '@antiphon/protocol';
import { useId, useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { Button } from '../ui/button';
import { ask } from './api';
import { type Field, faultsOf, fieldsOf, wordsOf } from './schema-fields';

type Params = Record<string, unknown>;

/** In which order groups of fields are shown; null are the mode’s own. */
const GROUPS = [null, 'time'];

/**
 * Assigns a mode and its parameters to a station; the fields are drawn from the mode's schema. What the operator has not touched follows
 * the station: a visitor may turn it with a knob meanwhile.
 */
export function AssignmentForm({
  stationId,
  assignment,
  modes,
  models,
  onDone,
}: {
  stationId: string;
  assignment: ModeAssignment;
  modes: ModeView[];
  models: ModelView[];
  onDone: () => void;
}) {
  const [chosenMode, setMode] = useState<string | null>(null);
  const [chosenModel, setModel] = useState<string | null>(null);
  const modeId = chosenMode ?? assignment.mode;
  const wantedModel = chosenModel ?? assignment.model;
  const modelField = useId();
  const mode = modes.find(({ id }) => id === modeId) ?? modes[0];
  const modeField = useId();
  if (!mode) return null;
  const fitting = models.filter(({ role }) => mode.role === null || role === mode.role);
  const model = fitting.find(({ id }) => id === wantedModel)?.id ?? fitting[0]?.id;
  return (
    <div className="space-y-6">
      <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
        <div className="space-y-1">
          <label htmlFor={modeField} className="font-medium text-sm">
            Mode
          </label>
          <select
            id={modeField}
            value={modeId}
            onChange={(event) => setMode(event.target.value)}
            className="w-full rounded-lg border border-line bg-raised px-3 py-2"
          >
            {modes.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
          <p className="text-quiet text-xs">{mode.description}</p>
        </div>
        <div className="space-y-1">
          <label htmlFor={modelField} className="font-medium text-sm">
            Model
          </label>
          <select
            id={modelField}
            value={model}
            onChange={(event) => setModel(event.target.value)}
            className="w-full rounded-lg border border-line bg-raised px-3 py-2"
          >
            {fitting.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </div>
      </div>
      <ParamsForm
        key={modeId}
        mode={mode}
        params={modeId === assignment.mode ? { ...mode.defaults, ...assignment.params } : mode.defaults}
        onSubmit={async (params) => {
          await ask('PUT', `stations/${stationId}/assignment`, {
            mode: modeId,
            params,
            model,
          } satisfies ModeAssignment);
          onDone();
        }}
      />
    </div>
  );
}

function ParamsForm({
  mode,
  params,
  onSubmit,
}: {
  mode: ModeView;
  params: Params;
  onSubmit: (params: Params) => Promise<void>;
}) {
  const { control, handleSubmit, setError, setValue, formState } = useForm<Params>({
    values: params,
    resetOptions: { keepDirtyValues: true, keepErrors: true },
  });
  const { isSubmitting, dirtyFields: _touched } = formState; // read, or they are not kept track of
  const [problem, setProblem] = useState<string | null>(null);
  const fields = fieldsOf(mode.paramsSchema);
  const submit = handleSubmit(async (values) => {
    setProblem(null);
    try {
      await onSubmit(values);
    } catch (error) {
      const faults = faultsOf((error as Error).message);
      const known = Object.entries(faults).filter(([name]) => fields.some((field) => field.name === name));
      for (const [name, message] of known) setError(name, { message });
      if (known.length === 0) setProblem((error as Error).message);
    }
  });
  return (
    <form noValidate onSubmit={submit} className="space-y-6">
      {GROUPS.map((group) => {
        const together = fields.filter((field) => field.group === group);
        if (together.length === 0) return null;
        return (
          <fieldset key={group} className="border-line/60 border-t pt-3">
            <legend className="pr-3 text-quiet text-sm">{group === 'time' ? 'Time' : mode.title}</legend>
            <div className="grid gap-x-8 gap-y-5 md:grid-cols-2">
              {together.map((field) => (
                <Controller
                  key={field.name}
                  name={field.name}
                  control={control}
                  render={({ field: { value, onChange }, fieldState: { error } }) => (
                    <FieldRow field={field} value={value} onChange={onChange} fault={error?.message} />
                  )}
                />
              ))}
            </div>
          </fieldset>
        );
      })}
      {problem && (
        <p role="alert" className="text-danger text-sm">
          {problem}
        </p>
      )}
      <div className="flex gap-2">
        <Button look="main" type="submit" disabled={isSubmitting}>
          Assign
        </Button>
        <Button
          onClick={() => {
            for (const [name, value] of Object.entries(mode.defaults))
              setValue(name, value, { shouldDirty: true });
          }}
        >
          Defaults
        </Button>
      </div>
    </form>
  );
}

function FieldRow({
  field,
  value,
  onChange,
  fault,
}: {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
  fault: string | undefined;
}) {
  const id = useId();
  return (
    <div className="space-y-1">
      <div className="flex items-center justify-between gap-3">
        <label htmlFor={id} className="font-medium text-sm">
          {field.title}
        </label>
        <FieldInput id={id} field={field} value={value} onChange={onChange} />
      </div>
      {field.kind === 'number' && (
        <input
          type="range"
          aria-label={field.title}
          min={field.min}
          max={field.max}
          step={field.step}
          value={Number(value)}
          onChange={(event) => onChange(Number(event.target.value))}
          className="w-full accent-machine"
        />
      )}
      <p className={fault ? 'text-danger text-xs' : 'text-quiet text-xs'}>{fault ?? field.description}</p>
    </div>
  );
}

function FieldInput({
  id,
  field,
  value,
  onChange,
}: {
  id: string;
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const look = 'rounded-lg border border-line bg-raised px-2 py-1 text-sm';
  if (field.kind === 'switch')
    return (
      <input
        id={id}
        type="checkbox"
        checked={value === true}
        onChange={(event) => onChange(event.target.checked)}
        className="size-5 accent-machine"
      />
    );
  if (field.kind === 'choice')
    return (
      <select
        id={id}
        value={String(value)}
        onChange={(event) => onChange(event.target.value)}
        className={look}
      >
        {field.options.map((option) => (
          <option key={option} value={option}>
            {wordsOf(option)}
          </option>
        ))}
      </select>
    );
  if (field.kind === 'number')
    return (
      <input
        id={id}
        type="number"
        min={field.min}
        max={field.max}
        step="any"
        value={Number.isNaN(value) ? '' : String(value)}
        onChange={(event) => onChange(event.target.valueAsNumber)}
        className={`w-24 text-right ${look}`}
      />
    );
  return (
    <input
      id={id}
      value={String(value ?? '')}
      onChange={(event) => onChange(event.target.value)}
      className={look}
    />
  );
}

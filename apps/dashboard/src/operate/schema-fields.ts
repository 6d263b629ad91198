/** From a mode's JSON Schema to the fields of its form. */
/** `group`: what it belongs to with others; null where it is the mode’s own. */
export type Field = { name: string; title: string; description: string; group: string | null } & (
  | { kind: 'number'; min: number; max: number; step: number }
  | { kind: 'choice'; options: string[] }
  | { kind: 'switch' }
  | { kind: 'text' }
);

interface PropertySchema {
  type?: string;
  title?: string;
  description?: string;
  group?: string;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
}

/** A schema's properties in their order. What has no form of its own is edited as text. */
export function fieldsOf(schema: Record<string, unknown>): Field[] {
  const properties = (schema.properties ?? {}) as Record<string, PropertySchema>;
  return Object.entries(properties).map(([name, property]) => {
    const { title = name, description = '', group = null } = property;
    const labels = { name, title, description, group };
    if (property.enum) return { ...labels, kind: 'choice', options: property.enum.map(String) };
    if (property.type === 'boolean') return { ...labels, kind: 'switch' };
    if (property.type === 'number' || property.type === 'integer') {
      const min = Math.max(property.minimum ?? 0, -1e6);
      const max = Math.min(property.maximum ?? 100, 1e6);
      return {
        ...labels,
        kind: 'number',
        min,
        max,
        step: property.type === 'integer' ? 1 : stepOf(max - min),
      };
    }
    return { ...labels, kind: 'text' };
  });
}

/** Fine enough for some hundred places on a slider: a power of ten. */
function stepOf(range: number): number {
  return 10 ** Math.min(0, Math.floor(Math.log10(range / 10)));
}

/** A choice as people read it: `silentBar` is `silent bar`, `midiClock` is `MIDI clock`. */
export function wordsOf(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^midi\b/, 'MIDI');
}

/** The field that a refusal such as `temperature: too big` speaks of, and what it says. */
export function faultsOf(message: string): Record<string, string> {
  return Object.fromEntries(
    message.split('; ').flatMap((part) => {
      const [, name, fault] = /^(\w+): (.+)$/.exec(part) ?? [];
      return name && fault ? [[name, fault]] : [];
    }),
  );
}

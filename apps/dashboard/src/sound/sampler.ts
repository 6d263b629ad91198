/** Plays notes from recorded samples: an AudioBuffer a few semitones, shifted to the pitch wanted. Works without https. */
export type Instrument = 'piano' | 'vibraphone';

interface SoundsDescription {
  sampleRate: number;
  seconds: number;
  lowest: number;
  highest: number;
  every: number;
  instruments: Instrument[];
}

/** How fast a released note fades. */
const RELEASE_SECONDS = 0.12;
const MASTER_GAIN = 0.8;

interface SoundingNote {
  source: AudioBufferSourceNode;
  gain: GainNode;
}

export class Sampler {
  readonly context: AudioContext;
  readonly output: GainNode;
  readonly #description: SoundsDescription;
  readonly #sheets: Map<Instrument, AudioBuffer>;
  readonly #sounding = new Map<string, SoundingNote>();

  private constructor(
    context: AudioContext,
    description: SoundsDescription,
    sheets: Map<Instrument, AudioBuffer>,
  ) {
    this.context = context;
    this.#description = description;
    this.#sheets = sheets;
    this.output = new GainNode(context, { gain: MASTER_GAIN });
    this.output.connect(new DynamicsCompressorNode(context)).connect(context.destination);
  }

  /** Call it from a gesture: browsers give no sound before one. */
  static async load(): Promise<Sampler> {
    const context = new AudioContext({ latencyHint: 'interactive' });
    void context.resume();
    const description: SoundsDescription = await (await fetch('/sounds/sounds.json')).json();
    const sheets = await Promise.all(
      description.instruments.map(async (name) => {
        const bytes = await (await fetch(`/sounds/${name}.wav`)).arrayBuffer();
        return [name, await context.decodeAudioData(bytes)] as const;
      }),
    );
    return new Sampler(context, description, new Map(sheets));
  }

  /** Times in seconds of the audio clock; one in the past is now. The same key pressed again ends its note first. */
  press(instrument: Instrument, pitch: number, velocity: number, atSeconds: number): void {
    this.release(instrument, pitch, atSeconds);
    const buffer = this.#sheets.get(instrument);
    if (!buffer) return;
    const { lowest, highest, every, seconds } = this.#description;
    const nearest = Math.min(
      highest,
      Math.max(lowest, lowest + every * Math.round((pitch - lowest) / every)),
    );
    const startSeconds = Math.max(atSeconds, this.context.currentTime);
    const gain = new GainNode(this.context, { gain: (velocity / 127) ** 1.6 });
    const source = new AudioBufferSourceNode(this.context, {
      buffer,
      playbackRate: 2 ** ((pitch - nearest) / 12),
    });
    source.connect(gain).connect(this.output);
    source.start(startSeconds, ((nearest - lowest) / every) * seconds, seconds);
    const key = `${instrument} ${pitch}`;
    const note = { source, gain };
    this.#sounding.set(key, note);
    source.onended = () => {
      if (this.#sounding.get(key) === note) this.#sounding.delete(key);
    };
  }

  release(instrument: Instrument, pitch: number, atSeconds: number): void {
    const key = `${instrument} ${pitch}`;
    const note = this.#sounding.get(key);
    if (!note) return;
    this.#sounding.delete(key);
    const endSeconds = Math.max(atSeconds, this.context.currentTime);
    note.gain.gain.setTargetAtTime(0, endSeconds, RELEASE_SECONDS / 3);
    note.source.stop(endSeconds + 3 * RELEASE_SECONDS);
  }

  silence(): void {
    for (const { source } of this.#sounding.values()) source.stop();
    this.#sounding.clear();
  }

  /** The audio clock's time that is heard at a `performance.now()`. */
  secondsAt(performanceMs: number): number {
    return this.context.currentTime + (performanceMs - performance.now()) / 1000;
  }
}

/** Plays notes from recorded samples: one every few semitones, shifted to the pitch wanted. Works without https, unlike an AudioWorklet. */
import { type AudioClock, readAudioClock, unreadAudioClock } from './audio-clock';

export type Instrument = 'piano' | 'vibraphone' | 'bass' | 'click';

/** A note as it is played: by whom, on what. Two parts never end each other's notes. */
export interface Sound {
  part: string;
  instrument: Instrument;
  pitch: number;
  velocity: number;
}

/** A sample in an instrument's file; times in seconds. */
interface Sample {
  pitch: number;
  start: number;
  length: number;
}

type SoundsDescription = Record<Instrument, Sample[]>;

/** How fast a released note fades. */
const RELEASE_SECONDS = 0.16;
/** Short, but not so short that it clicks. */
const SILENCE_SECONDS = 0.02;
const MASTER_GAIN = 0.8;

interface SoundingNote {
  source: AudioBufferSourceNode;
  gain: GainNode;
}

export class Sampler {
  readonly #context: AudioContext;
  readonly #output: AudioNode;
  #description: SoundsDescription | null = null;
  readonly #files = new Map<Instrument, AudioBuffer>();
  readonly #sounding = new Set<SoundingNote>();
  /** The notes whose release has not been asked for, by part and pitch. */
  readonly #held = new Map<string, SoundingNote>();
  #clock: AudioClock = unreadAudioClock;

  /** Silent until `unlock` is called from a gesture. */
  constructor() {
    this.#context = new AudioContext({ latencyHint: 'interactive' });
    this.#output = new GainNode(this.#context, { gain: MASTER_GAIN });
    this.#output.connect(new DynamicsCompressorNode(this.#context)).connect(this.#context.destination);
  }

  /** Resolves once there is something to play with; rejects where the sounds cannot be had. */
  async load(): Promise<void> {
    const description: SoundsDescription = await (await fetchSound('sounds.json')).json();
    await Promise.all(
      (Object.keys(description) as Instrument[]).map(async (name) => {
        const bytes = await (await fetchSound(`${name}.wav`)).arrayBuffer();
        this.#files.set(name, await this.#context.decodeAudioData(bytes));
      }),
    );
    this.#description = description;
  }

  /** Browsers give no sound before a gesture, and take it away when the tab was in the background. */
  unlock(): void {
    if (this.#context.state !== 'running') void this.#context.resume().catch(() => {});
  }

  /** Times in seconds of the audio clock; one in the past is now. The same key of the same part pressed again ends its note first. */
  press({ part, instrument, pitch, velocity }: Sound, atSeconds: number): void {
    this.release(part, pitch, atSeconds);
    const buffer = this.#files.get(instrument);
    const samples = this.#description?.[instrument];
    if (!buffer || !samples?.length) return;
    const sample = samples.reduce((a, b) => (Math.abs(b.pitch - pitch) < Math.abs(a.pitch - pitch) ? b : a));
    const gain = new GainNode(this.#context, { gain: (velocity / 127) ** 1.6 });
    const source = new AudioBufferSourceNode(this.#context, {
      buffer,
      playbackRate: instrument === 'click' ? 1 : 2 ** ((pitch - sample.pitch) / 12),
    });
    source.connect(gain).connect(this.#output);
    source.start(Math.max(atSeconds, this.#context.currentTime), sample.start, sample.length);
    const note = { source, gain };
    this.#sounding.add(note);
    this.#held.set(keyOf(part, pitch), note);
    source.onended = () => {
      this.#sounding.delete(note);
      gain.disconnect();
    };
  }

  release(part: string, pitch: number, atSeconds: number): void {
    const key = keyOf(part, pitch);
    const note = this.#held.get(key);
    if (!note) return;
    this.#held.delete(key);
    this.#fade(note, atSeconds, RELEASE_SECONDS);
  }

  /** Everything that sounds or was going to. */
  silence(): void {
    for (const note of this.#sounding) this.#fade(note, 0, SILENCE_SECONDS);
    this.#held.clear();
  }

  close(): void {
    void this.#context.close().catch(() => {});
  }

  /** The audio clock's time at a `performance.now()`. Asked often, it is the more exact. */
  secondsAt(performanceMs: number): number {
    this.#clock = readAudioClock(this.#clock, {
      audioSeconds: this.#context.currentTime,
      performanceMs: performance.now(),
    });
    return (performanceMs + (this.#clock.offsetMs ?? 0)) / 1000;
  }

  #fade({ source, gain }: SoundingNote, atSeconds: number, fadeSeconds: number): void {
    const endSeconds = Math.max(atSeconds, this.#context.currentTime);
    gain.gain.setTargetAtTime(0, endSeconds, fadeSeconds / 4);
    source.stop(endSeconds + fadeSeconds);
  }
}

function keyOf(part: string, pitch: number): string {
  return `${part} ${pitch}`;
}

async function fetchSound(name: string): Promise<Response> {
  const response = await fetch(`/sounds/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response;
}

'use client';
import { useEffect } from 'react';
import { type MidiMessage, parseMidiMessage } from './midi-message';

/** Loops of the operating system that lead nowhere. */
const NO_KEYBOARD = /midi through/i;

/** Keyboards plugged into this machine, where the browser has Web MIDI. */
export function useMidiInput({
  onMessage,
  onKeyboards,
}: {
  onMessage: (message: MidiMessage, timeStampMs: number) => void;
  /** Their names, at first and whenever one is plugged in or out. */
  onKeyboards: (names: string[]) => void;
}): void {
  useEffect(() => {
    if (!navigator.requestMIDIAccess) return;
    let access: MIDIAccess | null = null;
    let closed = false;
    const hear = (event: MIDIMessageEvent) => {
      const message = event.data && parseMidiMessage(event.data);
      if (message) onMessage(message, event.timeStamp);
    };
    const listen = () => {
      const inputs = [...(access?.inputs.values() ?? [])].filter(({ name }) => !NO_KEYBOARD.test(name ?? ''));
      for (const input of inputs) input.onmidimessage = hear;
      onKeyboards(
        inputs.flatMap(({ name, state }) => (state === 'connected' ? [name ?? 'MIDI keyboard'] : [])),
      );
    };
    navigator.requestMIDIAccess().then(
      (granted) => {
        if (closed) return;
        access = granted;
        access.onstatechange = listen;
        listen();
      },
      () => {}, // not allowed here: the screen and the computer's keys remain
    );
    return () => {
      closed = true;
      if (!access) return;
      access.onstatechange = null;
      for (const input of access.inputs.values()) input.onmidimessage = null;
    };
  }, [onMessage, onKeyboards]);
}

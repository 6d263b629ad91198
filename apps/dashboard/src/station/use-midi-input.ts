'use client';
import { useEffect } from 'react';

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;

/** Keyboards plugged into this machine, where the browser has Web MIDI. */
export function useMidiInput(
  enabled: boolean,
  onPress: (pitch: number, velocity: number) => void,
  onRelease: (pitch: number) => void,
): void {
  useEffect(() => {
    if (!enabled || !navigator.requestMIDIAccess) return;
    let access: MIDIAccess | null = null;
    const hear = (event: MIDIMessageEvent) => {
      const [status = 0, pitch = 0, velocity = 0] = event.data ?? [];
      const kind = status & 0xf0;
      if (kind === NOTE_ON && velocity > 0) onPress(pitch, velocity);
      else if (kind === NOTE_ON || kind === NOTE_OFF) onRelease(pitch);
    };
    const listen = () => {
      for (const input of access?.inputs.values() ?? []) input.onmidimessage = hear;
    };
    navigator.requestMIDIAccess().then(
      (granted) => {
        access = granted;
        access.onstatechange = listen;
        listen();
      },
      () => {}, // not allowed here: the screen and the computer's keys remain
    );
    return () => {
      if (!access) return;
      access.onstatechange = null;
      for (const input of access.inputs.values()) input.onmidimessage = null;
    };
  }, [enabled, onPress, onRelease]);
}

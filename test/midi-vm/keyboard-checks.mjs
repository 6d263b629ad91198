/** Inside the machine: the contract of all keyboards, checked on the real one. */
import { keyboardContract, PHRASE, PHRASE_VELOCITY } from './dist/keyboards/keyboard-contract.js';
import { MidiKeyboard } from './dist/keyboards/midi-keyboard.js';
import { openPorts } from './dist/keyboards/ports.js';

/** Answers each check's title and what failed, or null. */
export async function checkRealKeyboard({ wanted, fingers, cable }) {
  const results = [];
  const play = async () => {
    const { press, release } = await fingers();
    for (const [i, pitch] of PHRASE.entries()) {
      press(pitch, PHRASE_VELOCITY);
      if (i < PHRASE.length - 1) release(pitch);
    }
  };
  for (const { title, check } of keyboardContract) {
    const keyboard = new MidiKeyboard(await openPorts(), { port: wanted, outPort: null });
    const failure = await check({ keyboard, play, cable }).then(
      () => null,
      (error) => error.message,
    );
    results.push({ title, failure });
  }
  return results;
}

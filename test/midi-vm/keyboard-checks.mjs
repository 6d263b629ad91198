/** Inside the machine: the contract of all keyboards, checked on the real one. */
import { keyboardContract, PHRASE, PHRASE_VELOCITY } from './dist/keyboards/keyboard-contract.js';
import { MidiKeyboard } from './dist/keyboards/midi-keyboard.js';
import { openPorts } from './dist/keyboards/ports.js';

/** Answers each check's title and what failed, or null. */
export async function checkRealKeyboard({ wanted, openFingers, plug, unplug }) {
  const results = [];
  for (const { title, check } of keyboardContract) {
    let fingers = await openFingers();
    const keyboard = new MidiKeyboard(await openPorts(), { port: wanted, outPort: null });
    const play = async () => {
      fingers ??= await openFingers();
      for (const [i, pitch] of PHRASE.entries()) {
        fingers.press(pitch, PHRASE_VELOCITY);
        if (i < PHRASE.length - 1) fingers.release(pitch);
      }
    };
    const cable = {
      plug,
      unplug() {
        fingers = null;
        unplug();
      },
    };
    const failure = await check({ keyboard, play, cable }).then(
      () => null,
      (error) => error.message,
    );
    keyboard.close();
    results.push({ title, failure });
  }
  return results;
}

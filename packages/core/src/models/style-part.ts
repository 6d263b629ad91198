/** A style as one-hot; nothing where it is left open or not one of those the model knows. Magenta.js has no such input. */
import type { InputPart } from './input-parts.js';

export function stylePart(styles: readonly string[]): InputPart {
  return {
    size: styles.length,
    write({ condition: { style } }, put) {
      const index = style === null ? -1 : styles.indexOf(style);
      if (index >= 0) put(index, 1);
    },
  };
}

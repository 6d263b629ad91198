/** What is kept over reloads. Where the browser keeps nothing or is full, the tab plays on and keeps it for itself. */
export type KeyStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> & { keys(): string[] };

let shared: KeyStorage | null = null;

export function storageOfBrowser(): KeyStorage {
  shared ??= openStorage();
  return shared;
}

function openStorage(): KeyStorage {
  const own = new Map<string, string>();
  const browser = () => {
    try {
      return window.localStorage;
    } catch {
      return null; // forbidden by the browser's settings
    }
  };
  return {
    getItem: (key) => own.get(key) ?? browser()?.getItem(key) ?? null,
    setItem(key, value) {
      try {
        const kept = browser();
        if (!kept) throw new Error('nothing is kept here');
        kept.setItem(key, value);
        own.delete(key);
      } catch {
        own.set(key, value);
      }
    },
    removeItem(key) {
      own.delete(key);
      browser()?.removeItem(key);
    },
    keys: () => [...new Set([...own.keys(), ...Object.keys(browser() ?? {})])],
  };
}

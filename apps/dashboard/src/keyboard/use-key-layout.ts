'use client';
import { useEffect, useState } from 'react';
import type { KeyLayout } from './key-map';

/** The Keyboard Map API, where the browser has it: Chromium with https or on the booth's own machine. */
type LayoutNavigator = Navigator & { keyboard?: { getLayoutMap?(): Promise<KeyLayout> } };

const unknown: KeyLayout = new Map();

/** What is printed on this computer's keys; empty while nobody knows. */
export function useKeyLayout(): KeyLayout {
  const [layout, setLayout] = useState(unknown);
  useEffect(() => {
    (navigator as LayoutNavigator).keyboard?.getLayoutMap?.().then(setLayout, () => {});
  }, []);
  return layout;
}

'use client';
import type { ModeView } from '@antiphon/protocol';
import { useQuery } from '@tanstack/react-query';
import { ask } from './api';

/** Every mode that can be assigned; none until they are there. */
export function useModes(): ModeView[] {
  const modes = useQuery({ queryKey: ['modes'], queryFn: () => ask<ModeView[]>('GET', 'modes') });
  return modes.data ?? [];
}

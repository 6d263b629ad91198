'use client';
import { useCallback, useEffect, useState } from 'react';
import { Sampler } from '../../sound/sampler';
import { findToken, forgetToken, rememberToken } from '../../station/identity';
import { Stage } from '../../station/stage';
import { TokenForm } from '../../station/token-form';

type Entrance =
  | { status: 'looking' }
  | { status: 'tokenNeeded'; problem: string | null }
  | { status: 'ready'; token: string }
  | { status: 'loading'; token: string }
  | { status: 'playing'; token: string; sampler: Sampler };

export default function Play() {
  const [entrance, setEntrance] = useState<Entrance>({ status: 'looking' });
  useEffect(() => {
    void findToken().then((token) =>
      setEntrance(token ? { status: 'ready', token } : { status: 'tokenNeeded', problem: null }),
    );
  }, []);
  const refused = useCallback((message: string) => {
    forgetToken();
    setEntrance({ status: 'tokenNeeded', problem: message });
  }, []);
  const begin = async (token: string) => {
    setEntrance({ status: 'loading', token });
    const sampler = await Sampler.load();
    setEntrance({ status: 'playing', token, sampler });
  };

  if (entrance.status === 'playing')
    return <Stage token={entrance.token} sampler={entrance.sampler} onRefused={refused} />;
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center p-8">
      {entrance.status === 'tokenNeeded' && (
        <TokenForm
          problem={entrance.problem}
          onToken={(token) => {
            rememberToken(token);
            setEntrance({ status: 'ready', token });
          }}
        />
      )}
      {(entrance.status === 'ready' || entrance.status === 'loading') && (
        <button
          type="button"
          disabled={entrance.status === 'loading'}
          onClick={() => void begin(entrance.token)}
          className="rounded-3xl px-12 py-16 text-center"
        >
          <span className="block font-display text-5xl sm:text-7xl">
            {entrance.status === 'ready' ? 'Tap to begin' : 'Tuning …'}
          </span>
          <span className="mt-6 block text-lg text-quiet sm:text-2xl">
            <span className="text-visitor">You play.</span>{' '}
            <span className="text-machine">The machine answers.</span>
          </span>
        </button>
      )}
    </main>
  );
}

'use client';
import { useCallback, useEffect, useState } from 'react';
import { BeginButton } from '../../station/begin-button';
import type { Run } from '../../station/run';
import { Stage } from '../../station/stage';
import { findToken, forgetToken, rememberToken } from '../../station/token';
import { TokenForm } from '../../station/token-form';
import { useStationParts } from '../../station/use-station-parts';

type Entrance =
  | { status: 'looking' }
  | { status: 'tokenNeeded'; problem: string | null }
  | { status: 'ready'; token: string; problem: string | null }
  | { status: 'tuning'; token: string }
  | { status: 'playing'; token: string; run: Run };

export default function Play() {
  const parts = useStationParts();
  const [entrance, setEntrance] = useState<Entrance>({ status: 'looking' });
  useEffect(() => {
    void findToken().then((token) =>
      setEntrance(
        token ? { status: 'ready', token, problem: null } : { status: 'tokenNeeded', problem: null },
      ),
    );
  }, []);
  const refused = useCallback((message: string) => {
    forgetToken();
    setEntrance({ status: 'tokenNeeded', problem: message });
  }, []);
  if (!parts || entrance.status === 'looking') return null;

  const { sampler, sounds, run } = parts;
  const begin = async (token: string, again: boolean) => {
    sampler.unlock();
    setEntrance({ status: 'tuning', token });
    try {
      await (again ? sampler.load() : sounds);
      setEntrance({ status: 'playing', token, run: await run });
    } catch {
      setEntrance({ status: 'ready', token, problem: 'The sounds did not arrive. Tap to try again.' });
    }
  };
  if (entrance.status === 'playing')
    return <Stage token={entrance.token} run={entrance.run} sampler={sampler} onRefused={refused} />;
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center p-6">
      {entrance.status === 'tokenNeeded' ? (
        <TokenForm
          problem={entrance.problem}
          onToken={(token) => {
            rememberToken(token);
            setEntrance({ status: 'ready', token, problem: null });
          }}
        />
      ) : (
        <BeginButton
          tuning={entrance.status === 'tuning'}
          problem={entrance.status === 'ready' ? entrance.problem : null}
          onBegin={() => void begin(entrance.token, entrance.status === 'ready' && entrance.problem !== null)}
        />
      )}
    </main>
  );
}

import { AppError } from '@antiphon/core/errors';
import { pino } from 'pino';
import { boothClock } from './clock.js';
import { parseEnvironment } from './env.js';
import { type RunningServer, startServer } from './server.js';

function fail(error: unknown): never {
  console.error(error instanceof AppError ? error.message : error);
  process.exit(1);
}

let server: RunningServer | null = null;
let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await server?.close();
  process.exit(0);
}

try {
  const environment = parseEnvironment(process.env);
  const logger = pino({ level: environment.LOG_LEVEL });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
  process.on('disconnect', () => void stop()); // whoever started it with a channel is gone
  server = await startServer(environment, boothClock, logger);
  logger.info({ address: `http://localhost:${server.port}` }, 'listening');
  process.send?.({ type: 'listening', port: server.port });
} catch (error) {
  fail(error);
}

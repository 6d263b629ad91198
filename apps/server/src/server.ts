/** The whole server, opened in order and closed in the opposite one. */
import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import { AppModule } from './app.module.js';
import { attractVisitors } from './attract/attract.js';
import { Repertoire } from './attract/repertoire.js';
import type { Clock } from './clock.js';
import { dashboardProxy } from './dashboard.proxy.js';
import { Duets } from './duets/duets.service.js';
import type { Environment } from './env.js';
import { openEngine } from './inference/engine.provider.js';
import { operatorSession } from './operators/operator-session.js';
import { serveOperators } from './operators/operators.gateway.js';
import { ProblemFilter } from './problem.filter.js';
import { Recorder } from './sessions/recorder.js';
import { SessionLog } from './sessions/session-log.js';
import { SessionStore } from './sessions/session-store.js';
import { ActionBoard } from './stations/action-board.js';
import { StationStore } from './stations/station-store.js';
import { serveStations } from './stations/stations.gateway.js';
import { Stations } from './stations/stations.service.js';
import { openDatabase } from './storage/database.js';
import { lockFolder } from './storage/folder-lock.js';
import { Metrics } from './telemetry/metrics.js';

/** A peer that does not answer is given up within two seconds. */
const PING_INTERVAL_MS = 1_000;
const PING_TIMEOUT_MS = 1_000;
const MAX_MESSAGE_BYTES = 256 << 10;

const drawSeed = () => randomInt(2 ** 31);

export interface RunningServer {
  port: number;
  close(): Promise<void>;
}

/** Throws AppError that says what stands in the way; then nothing is left open. */
export async function startServer(
  environment: Environment,
  clock: Clock,
  logger: Logger,
): Promise<RunningServer> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closeNext of closers.splice(0).reverse()) await closeNext();
  };
  try {
    closers.push(lockFolder(environment.DATA_DIR));
    const database = await openDatabase({
      url: environment.DATABASE_URL,
      dataFolder: environment.DATA_DIR,
      onStopped: (why) => logger.error({ why }, 'the database stopped and is started again'),
    });
    closers.push(() => database.close());
    const metrics = new Metrics();
    const observer = metrics.engineObserver({
      runnerStarting: (start) => logger.info(start, 'a runner is started'),
      runnerChosen: (choice) => logger.info(choice, 'a runner was chosen'),
      runnerFailed: (failure) => logger.error(failure, 'a runner failed'),
    });
    const engine = await openEngine(environment, clock, observer, (folder, reason) =>
      logger.error({ folder, reason }, 'a checkpoint was left out'),
    );
    closers.push(() => engine.close());
    for (const model of engine.models()) logger.info(model, 'model ready');

    const stations = new Stations({
      clock,
      engine,
      recorder: new Recorder(database.pool),
      sessions: new SessionStore(database.prisma, database.pool),
      log: new SessionLog(database.pool, logger),
      store: new StationStore(database.prisma),
      metrics,
      logger,
      idleMs: environment.SESSION_IDLE_SECONDS * 1000,
      drawSeed,
    });
    await stations.open();
    closers.push(() => stations.close());

    const duets = new Duets(database);
    const afterMs = environment.ATTRACT_AFTER_SECONDS * 1000;
    const repertoire = new Repertoire({ duets, engine, clock });
    if (afterMs > 0)
      closers.push(attractVisitors({ stations, repertoire, clock, logger, afterMs, drawSeed }));

    const app = await NestFactory.create<NestExpressApplication>(
      AppModule.of({ environment, clock, database, engine, metrics, stations, duets }),
      { logger: false },
    );
    const session = operatorSession(database.pool, environment);
    app.use(helmet(headers));
    app.use('/api', session);
    if (environment.DASHBOARD_URL) app.use(dashboardProxy(environment.DASHBOARD_URL));
    app.useGlobalFilters(new ProblemFilter(logger));
    const io = new Server(app.getHttpServer(), {
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      serveClient: false,
    });
    const actions = new ActionBoard({ stations, clock });
    serveStations(io, { stations, actions, clock, token: environment.STATION_TOKEN, logger });
    closers.push(serveOperators(io, stations, session));
    await app.listen(environment.PORT, environment.HOST);
    closers.push(
      () => app.close(),
      () => io.disconnectSockets(true),
    );
    const { port } = app.getHttpServer().address() as AddressInfo;
    return { port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Pages come from this address alone; the booth's network has no certificates, so nothing is forced to https. */
const headers = {
  contentSecurityPolicy: {
    directives: {
      scriptSrc: ["'self'", "'unsafe-inline'"],
      connectSrc: ["'self'", 'ws:', 'wss:'],
      mediaSrc: ["'self'", 'blob:', 'data:'],
      upgradeInsecureRequests: null,
    },
  },
  strictTransportSecurity: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
};

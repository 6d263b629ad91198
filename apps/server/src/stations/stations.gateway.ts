/** Stations on the plain socket.io server: parses each message once, finds the station, calls one method. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '@antiphon/core/errors';
import {
  Act,
  ClockHeard,
  ClockQuestion,
  Health,
  Hello,
  Played,
  PROTOCOL_VERSION,
  type RefusedReason,
  type ServerToStation,
  type StationToServer,
} from '@antiphon/protocol';
import type { Logger } from 'pino';
import type { Server, Socket } from 'socket.io';
import type { z } from 'zod';
import type { Clock } from '../clock.js';
import type { ActionBoard } from './action-board.js';
import type { Station, StationLink } from './station.js';
import type { Stations } from './stations.service.js';

type StationSocket = Socket<StationToServer, ServerToStation>;

/** A keyboard at its wildest sends some hundred messages a second. */
const MAX_MESSAGES_PER_SECOND = 500;
/** A socket that says nothing of itself for so long is closed. */
const HELLO_TIMEOUT_MS = 5_000;

export interface GatewayDependencies {
  stations: Stations;
  actions: ActionBoard;
  clock: Clock;
  token: string;
  logger: Logger;
}

export function serveStations(
  io: Server<StationToServer, ServerToStation>,
  dependencies: GatewayDependencies,
): void {
  io.on('connection', (socket) => new StationConversation(socket, dependencies));
}

class StationConversation {
  readonly #socket: StationSocket;
  readonly #parts: GatewayDependencies;
  readonly #helloTimeout: NodeJS.Timeout;
  #joined: { station: Station; link: StationLink } | null = null;
  #messages = { second: 0, count: 0 };

  constructor(socket: StationSocket, dependencies: GatewayDependencies) {
    this.#socket = socket;
    this.#parts = dependencies;
    this.#helloTimeout = setTimeout(() => socket.disconnect(true), HELLO_TIMEOUT_MS);
    socket.use((_, next) =>
      this.#withinRate()
        ? next()
        : this.#refuse('badMessage', `more than ${MAX_MESSAGES_PER_SECOND} messages a second`),
    );
    socket.on('error', () => {});
    socket.on('hello', (message) => this.#take('hello', Hello, message, (hello) => void this.#hello(hello)));
    socket.on('clock', (message, answer) =>
      this.#take('clock', ClockQuestion, message, ({ sentMs }) => {
        if (typeof answer === 'function') answer({ sentMs, boothMs: dependencies.clock.nowMs() });
      }),
    );
    socket.on('health', (message) =>
      this.#take('health', Health, message, (health) =>
        this.#withStation((station) => dependencies.stations.report(station, health)),
      ),
    );
    socket.on('clockHeard', (message) =>
      this.#take('clockHeard', ClockHeard, message, ({ pulse }) =>
        this.#withStation((station) => dependencies.stations.clockHeard(station, pulse)),
      ),
    );
    socket.on('act', (message) =>
      this.#take('act', Act, message, (act) =>
        this.#withStation((station) => dependencies.actions.act(station, act)),
      ),
    );
    socket.on('played', (message, answer) =>
      this.#take('played', Played, message, (played) =>
        this.#withStation((station, { runId }) => {
          const reply = typeof answer === 'function' ? answer : () => {};
          dependencies.stations.played(station, runId, played).then(
            () => reply({ ok: true, sequence: played.sequence }),
            (error: Error & { code?: string }) => {
              dependencies.logger.error(error, 'notes were not recorded');
              reply({
                ok: false,
                code: 'notRecorded',
                message: 'the notes could not be recorded; send them again',
              });
            },
          );
        }),
      ),
    );
    socket.on('disconnect', () => {
      clearTimeout(this.#helloTimeout);
      if (this.#joined) dependencies.stations.leave(this.#joined.station, this.#joined.link);
    });
  }

  async #hello(hello: Hello): Promise<void> {
    const { token, clock, stations, actions } = this.#parts;
    if (this.#joined) return;
    if (!sameSecret(hello.token, token))
      return this.#refuse('badToken', 'the station token is not the one of this booth');
    if (hello.version < PROTOCOL_VERSION)
      return this.#refuse(
        'stationTooOld',
        `the station speaks version ${hello.version}, the server ${PROTOCOL_VERSION}: update the station`,
      );
    if (hello.version > PROTOCOL_VERSION)
      return this.#refuse(
        'serverTooOld',
        `the station speaks version ${hello.version}, the server ${PROTOCOL_VERSION}: update the server`,
      );
    const socket = this.#socket;
    const link: StationLink = {
      runId: hello.runId,
      sinceMs: clock.nowMs(),
      capabilities: hello.capabilities,
      send: (name, message) => socket.emit(name, ...([message] as never)),
      close: () => socket.disconnect(true),
    };
    try {
      const { station, welcome } = await stations.join(hello, link);
      clearTimeout(this.#helloTimeout);
      this.#joined = { station, link };
      if (!socket.connected) return stations.leave(station, link);
      socket.emit('welcome', welcome);
      actions.greet(station, link);
    } catch (error) {
      if (error instanceof AppError && error.code === 'stationTaken')
        return this.#refuse('stationTaken', error.message);
      this.#parts.logger.error(error, 'a station could not join');
      this.#socket.disconnect(true);
    }
  }

  #withStation(act: (station: Station, link: StationLink) => void): void {
    if (this.#joined) act(this.#joined.station, this.#joined.link);
  }

  /** A message that does not fit is refused by naming the field; the station stays connected and loses only that message. */
  #take<T>(name: string, schema: z.ZodType<T>, message: unknown, act: (message: T) => void): void {
    const parsed = schema.safeParse(message);
    if (parsed.success) {
      act(parsed.data);
      return;
    }
    const [issue] = parsed.error.issues;
    const place = [name, ...(issue?.path ?? [])].join('.');
    this.#socket.emit('refused', { reason: 'badMessage', message: `${place}: ${issue?.message}` });
  }

  #refuse(reason: RefusedReason, message: string): void {
    this.#parts.logger.warn({ reason }, message);
    this.#socket.emit('refused', { reason, message });
    this.#socket.disconnect(true);
  }

  #withinRate(): boolean {
    const second = Math.floor(this.#parts.clock.nowMs() / 1000);
    if (second !== this.#messages.second) this.#messages = { second, count: 0 };
    return ++this.#messages.count <= MAX_MESSAGES_PER_SECOND;
  }
}

/** Compares in the same time whatever differs. */
export function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

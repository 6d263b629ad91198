/** Every HTTP error has one form: a code for programs and a sentence for people. */
import { AppError } from '@antiphon/core/errors';
import type { Problem } from '@antiphon/protocol';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';

const STATUS: Record<string, number> = {
  badRequest: 400,
  badParams: 400,
  unknownMode: 400,
  unknownModel: 400,
  unknownStyle: 400,
  wrongModel: 400,
  badChord: 400,
  badCheckpoint: 400,
  downloadFailed: 502,
  tooLarge: 413,
  noRunner: 500,
  noModel: 400,
  modelExists: 409,
  modelBundled: 409,
  modelInUse: 409,
  shed: 503,
  wrongPassword: 401,
  notSignedIn: 401,
  notThisMachine: 403,
  unknownStation: 404,
  unknownDuet: 404,
  noSession: 409,
  noLog: 409,
  stationOnline: 409,
  stationHasDuets: 409,
  tooManyAttempts: 429,
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const [status, body] = this.#answerTo(error);
    response.status(status).json(body);
  }

  #answerTo(error: unknown): [status: number, body: Problem | object] {
    if (error instanceof AppError && error.code in STATUS)
      return [STATUS[error.code] as number, { code: error.code, message: error.message }];
    if (error instanceof HttpException) {
      const status = error.getStatus();
      if (status === 503) return [status, error.getResponse() as object]; // health says which part is down
      return [status, { code: status === 404 ? 'notFound' : 'badRequest', message: error.message }];
    }
    this.#logger.error(error);
    return [500, { code: 'internal', message: 'something went wrong on the server; its log says what' }];
  }
}

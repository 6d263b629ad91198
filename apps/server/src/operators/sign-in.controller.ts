/** Operators sign in with a password; what they are then known by is a cookie. */
import { AppError } from '@antiphon/core/errors';
import { Login } from '@antiphon/protocol';
import { Body, Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { ENVIRONMENT, type Environment } from '../env.js';
import { parseBody } from '../parse-body.js';
import { sameSecret } from '../stations/stations.gateway.js';
import { SESSION_COOKIE } from './operator-session.js';

/** Wrong passwords from one address before it has to wait. */
const MAX_ATTEMPTS = 10;
const WAIT_MS = 60_000;

@Controller('api')
export class SignInController {
  readonly #password: string;
  readonly #attempts = new Map<string, { count: number; sinceMs: number }>();

  constructor(@Inject(ENVIRONMENT) environment: Environment) {
    this.#password = environment.OPERATOR_PASSWORD;
  }

  @Post('login')
  @HttpCode(204)
  async login(@Body() body: unknown, @Req() request: Request): Promise<void> {
    const { password } = parseBody(Login, body);
    const address = request.socket.remoteAddress ?? '';
    this.#countAttempt(address);
    if (!sameSecret(password, this.#password))
      throw new AppError('wrongPassword', 'that is not the password');
    this.#attempts.delete(address);
    await new Promise<void>((resolve, reject) =>
      request.session.regenerate((error) => (error ? reject(error) : resolve())),
    );
    request.session.operator = true;
    await new Promise<void>((resolve, reject) =>
      request.session.save((error) => (error ? reject(error) : resolve())),
    );
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Req() request: Request): Promise<void> {
    await new Promise<void>((resolve) => request.session.destroy(() => resolve()));
    request.res?.clearCookie(SESSION_COOKIE);
  }

  @Get('me')
  me(@Req() request: Request): { operator: boolean } {
    return { operator: request.session.operator === true };
  }

  #countAttempt(address: string): void {
    const nowMs = Date.now();
    const recent = this.#attempts.get(address);
    const attempt = recent && nowMs - recent.sinceMs < WAIT_MS ? recent : { count: 0, sinceMs: nowMs };
    if (++attempt.count > MAX_ATTEMPTS)
      throw new AppError('tooManyAttempts', 'too many attempts; wait a minute');
    this.#attempts.set(address, attempt);
  }
}

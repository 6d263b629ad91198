import { AppError } from '@antiphon/core/errors';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';

declare module 'express-session' {
  interface SessionData {
    operator: true;
  }
}

/** Lets signed-in operators through. */
@Injectable()
export class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.session.operator) return true;
    throw new AppError('notSignedIn', 'sign in as an operator first');
  }
}

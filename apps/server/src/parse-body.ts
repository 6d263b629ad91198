import { AppError } from '@antiphon/core/errors';
import type { z } from 'zod';

/** A request's body as its schema says. Throws AppError `badRequest` that names the field. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('badRequest', `${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
}

/** The server's HTTP interface for operators. */
import type { Problem } from '@antiphon/protocol';

/** The server's refusal, in its own words. */
export class Refusal extends Error {
  readonly code: string;

  constructor({ code, message }: Problem) {
    super(message);
    this.code = code;
  }
}

/** Throws Refusal; code `unreachable` when there was no answer at all. */
export function ask<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  return request(path, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
}

/** Sends a file as it is. Throws as `ask` does. */
export function upload<T>(path: string, file: File): Promise<T> {
  return request(path, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
  });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, init);
  } catch {
    throw new Refusal({ code: 'unreachable', message: 'The server does not answer. Is the booth running?' });
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const problem = await response.json().catch(() => null);
  throw new Refusal(problem ?? { code: 'internal', message: `The server answered ${response.status}.` });
}

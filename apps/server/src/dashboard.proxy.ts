/** Passes what is not the server's own on to the dashboard, so that a booth has one address. */
import type { RequestHandler } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const OWN = /^\/(api|socket\.io|health|metrics)(\/|$)/;

export function dashboardProxy(target: string): RequestHandler {
  const proxy = createProxyMiddleware({
    target,
    xfwd: true,
    on: {
      error: (_error, _request, response) => {
        if (!('writeHead' in response)) return;
        response.writeHead(502, { 'content-type': 'text/plain' });
        response.end(
          'The dashboard is not there at the moment; it is being started again. Try in a few seconds.',
        );
      },
    },
  });
  return (request, response, next) => (OWN.test(request.path) ? next() : void proxy(request, response, next));
}

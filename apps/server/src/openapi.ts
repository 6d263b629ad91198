/** The HTTP interface, described for programs: OpenAPI 3.1, with the schemas that messages are checked by. */
import {
  BoothTempo,
  Duet,
  DuetLog,
  DuetPage,
  Generated,
  GenerateRequest,
  ImportedModel,
  Login,
  ModeAssignment,
  ModelImport,
  ModelSource,
  ModelView,
  ModeView,
  Problem,
  Rerun,
  RerunRequest,
  StationAction,
  StationRename,
  StationView,
} from '@antiphon/protocol';
import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';

interface Operation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  summary: string;
  body?: z.ZodType | 'bytes';
  answer?: z.ZodType | 'midi';
}

const operations: Operation[] = [
  {
    method: 'post',
    path: '/api/login',
    summary: 'Sign in; the cookie that is set opens everything below',
    body: Login,
  },
  {
    method: 'get',
    path: '/api/modes',
    summary: 'The ways of playing, with schemas of their parameters',
    answer: z.array(ModeView),
  },
  {
    method: 'get',
    path: '/api/models',
    summary: 'The models, and what runs them',
    answer: z.array(ModelView),
  },
  {
    method: 'post',
    path: '/api/models',
    summary: 'Bring in a model from an address',
    body: ModelSource,
    answer: ImportedModel,
  },
  {
    method: 'put',
    path: '/api/models/{name}',
    summary: 'Bring in a model from its bytes',
    body: 'bytes',
    answer: ImportedModel,
  },
  {
    method: 'delete',
    path: '/api/models/{id}',
    summary: 'Remove a model that was brought in and is not in use',
  },
  {
    method: 'get',
    path: '/api/model-imports',
    summary: 'Models that are being fetched',
    answer: z.array(ModelImport),
  },
  {
    method: 'post',
    path: '/api/generate',
    summary: 'Continue a melody',
    body: GenerateRequest,
    answer: Generated,
  },
  {
    method: 'get',
    path: '/api/stations',
    summary: 'Every station as it is now',
    answer: z.array(StationView),
  },
  {
    method: 'put',
    path: '/api/stations/{id}/assignment',
    summary: 'Assign a mode, its parameters and its model',
    body: ModeAssignment,
    answer: StationView,
  },
  {
    method: 'patch',
    path: '/api/stations/{id}',
    summary: 'Rename a station',
    body: StationRename,
    answer: StationView,
  },
  {
    method: 'post',
    path: '/api/stations/{id}/actions',
    summary: 'Ask something of the machine',
    body: StationAction,
  },
  { method: 'post', path: '/api/stations/{id}/panic', summary: 'Silence a station at once' },
  { method: 'post', path: '/api/stations/{id}/end-session', summary: 'End the session under way' },
  {
    method: 'delete',
    path: '/api/stations/{id}',
    summary: 'Remove a station that is offline and has no duets',
  },
  {
    method: 'get',
    path: '/api/booth-tempo',
    summary: 'The tempo that stations may share',
    answer: BoothTempo,
  },
  {
    method: 'put',
    path: '/api/booth-tempo',
    summary: 'Another one, from the next bar line on',
    body: BoothTempo,
    answer: BoothTempo,
  },
  { method: 'get', path: '/api/duets', summary: 'Recorded duets, newest first', answer: DuetPage },
  { method: 'get', path: '/api/duets/{id}', summary: 'A duet with all its events', answer: Duet },
  {
    method: 'get',
    path: '/api/duets/{id}/log',
    summary: 'All that its modes heard, actions and probabilities included',
    answer: DuetLog,
  },
  {
    method: 'post',
    path: '/api/duets/{id}/rerun',
    summary: 'The same session once more, with the same model or another',
    body: RerunRequest,
    answer: Rerun,
  },
  { method: 'get', path: '/api/duets/{id}/midi', summary: 'A duet as a Standard MIDI File', answer: 'midi' },
  { method: 'delete', path: '/api/duets/{id}', summary: 'Delete a duet' },
];

@Controller('api')
export class OpenApiController {
  @Get('openapi.json')
  document() {
    const paths: Record<string, Record<string, unknown>> = {};
    for (const operation of operations)
      paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
    return {
      openapi: '3.1.0',
      info: { title: 'Antiphon', version: '1', description: 'What the dashboard does, for programs' },
      paths,
    };
  }
}

function describe({ path, summary, body, answer }: Operation) {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: contentOf(body, 'input') } }),
    responses: {
      '2XX': { description: 'Done', ...(answer && { content: contentOf(answer, 'output') }) },
      default: { description: 'Why not', content: contentOf(Problem, 'output') },
    },
  };
}

function contentOf(schema: z.ZodType | 'bytes' | 'midi', io: 'input' | 'output') {
  if (schema === 'bytes') return { 'application/octet-stream': {} };
  if (schema === 'midi') return { 'audio/midi': {} };
  return { 'application/json': { schema: z.toJSONSchema(schema, { io, unrepresentable: 'any' }) } };
}

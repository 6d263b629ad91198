/** Which models the booth has, and what they make of a melody. */
import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { AppError } from '@antiphon/core/errors';
import type { Engine } from '@antiphon/core/runtime';
import {
  type Generated,
  GenerateRequest,
  type ImportedModel,
  type ModelImport,
  ModelSource,
  type ModelView,
} from '@antiphon/protocol';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { CLOCK, type Clock } from '../clock.js';
import { ENGINE } from '../inference/engine.provider.js';
import { OperatorGuard } from '../operators/operator.guard.js';
import { parseBody } from '../parse-body.js';
import { MODEL_LIBRARY, type ModelLibrary } from './model-library.js';

/** Visitors come first: what is asked for here may wait so long (ms). */
const PATIENCE_MS = 10_000;

@Controller('api')
@UseGuards(OperatorGuard)
export class ModelsController {
  readonly #engine: Engine;
  readonly #library: ModelLibrary;
  readonly #clock: Clock;

  constructor(
    @Inject(ENGINE) engine: Engine,
    @Inject(MODEL_LIBRARY) library: ModelLibrary,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.#engine = engine;
    this.#library = library;
    this.#clock = clock;
  }

  @Get('models')
  list(): Promise<ModelView[]> {
    return this.#library.models();
  }

  @Post('models')
  async fetch(@Body() body: unknown): Promise<ImportedModel> {
    const { url, id } = parseBody(ModelSource, body);
    return this.#library.addFrom(url, id);
  }

  /** The bytes of a `.mag` bundle or a TensorFlow checkpoint. */
  @Put('models/:name')
  @HttpCode(201)
  async upload(@Param('name') name: string, @Req() request: Request): Promise<ImportedModel> {
    return this.#library.addUpload(request, name);
  }

  @Delete('models/:id')
  @HttpCode(204)
  remove(@Param('id') id: string): Promise<void> {
    return this.#library.remove(id);
  }

  @Get('model-imports')
  imports(): ModelImport[] {
    return this.#library.imports();
  }

  /** Nothing more is computed once the client has hung up. */
  @Post('generate')
  @HttpCode(200)
  async generate(
    @Body() body: unknown,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Generated> {
    const asked = parseBody(GenerateRequest, body);
    const { model, primer, steps, temperature, style = null, chords, stepsPerBar } = asked;
    const seed = asked.seed ?? randomInt(2 ** 31 - 1);
    this.#requireStyle(model, style);
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    const melody: number[] = [];
    const logProbabilities: number[] = [];
    const accompaniment = { chords: [] as string[], bass: [] as number[] };
    const session = this.#engine.open({ model, seed });
    try {
      const request = {
        prompt: primer,
        steps,
        temperature,
        topK: null,
        topP: null,
        allowedPitches: null,
        silentSteps: null,
        condition: { chords, bass: [], style, stepsPerBar },
        deadlineMs: this.#clock.nowMs() + PATIENCE_MS,
        stepMs: 0,
      };
      for await (const step of session.generate(request, hungUp.signal)) {
        melody.push(step.event);
        logProbabilities.push(step.logProbability);
        if (step.chord !== undefined) accompaniment.chords.push(step.chord);
        if (step.bass !== undefined) accompaniment.bass.push(step.bass);
      }
    } finally {
      session.close();
    }
    return { seed, melody, logProbabilities, ...(accompaniment.chords.length > 0 && accompaniment) };
  }

  /** A model that there is not is told of by whoever opens it. */
  #requireStyle(model: string, style: string | null): void {
    const styles = this.#engine.models().find(({ id }) => id === model)?.styles;
    if (style === null || !styles || styles.includes(style)) return;
    throw new AppError(
      'unknownStyle',
      `style: ${model} has no style "${style}"; it has ${styles.join(', ') || 'none'}`,
    );
  }
}

import { type DuetLog, type Rerun, RerunRequest } from '@antiphon/protocol';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { OperatorGuard } from '../operators/operator.guard.js';
import { parseBody } from '../parse-body.js';
import { Duets } from './duets.service.js';
import { Reruns } from './reruns.service.js';

const ListQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  station: z.uuid().optional(),
});

@Controller('api/duets')
@UseGuards(OperatorGuard)
export class DuetsController {
  readonly #duets: Duets;
  readonly #reruns: Reruns;

  constructor(@Inject(Duets) duets: Duets, @Inject(Reruns) reruns: Reruns) {
    this.#duets = duets;
    this.#reruns = reruns;
  }

  @Get()
  list(@Query() query: unknown) {
    const { cursor, limit, station } = parseBody(ListQuery, query);
    return this.#duets.list({ cursor: cursor ?? null, limit, stationId: station ?? null });
  }

  @Get(':id')
  open(@Param('id') id: string) {
    return this.#duets.open(id);
  }

  @Get(':id/log')
  async log(@Param('id') id: string): Promise<DuetLog> {
    return (await this.#duets.log(id)).log;
  }

  @Post(':id/rerun')
  @HttpCode(200)
  rerun(@Param('id') id: string, @Body() body: unknown): Promise<Rerun> {
    return this.#reruns.run(id, parseBody(RerunRequest, body).model ?? null);
  }

  @Get(':id/midi')
  @Header('content-type', 'audio/midi')
  async midi(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const { name, bytes } = await this.#duets.midi(id);
    response.setHeader('content-disposition', `attachment; filename="${name}"`);
    response.send(Buffer.from(bytes));
  }

  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id') id: string): Promise<void> {
    return this.#duets.remove(id);
  }
}

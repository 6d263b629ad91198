import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { OperatorGuard } from '../operators/operator.guard.js';
import { parseBody } from '../parse-body.js';
import { Duets } from './duets.service.js';

const ListQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  station: z.uuid().optional(),
});

@Controller('api/duets')
@UseGuards(OperatorGuard)
export class DuetsController {
  readonly #duets: Duets;

  constructor(@Inject(Duets) duets: Duets) {
    this.#duets = duets;
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

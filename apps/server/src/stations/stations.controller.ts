/** What operators do with stations. */
import { networkInterfaces } from 'node:os';
import { ControlMap } from '@antiphon/core/controls';
import { AppError } from '@antiphon/core/errors';
import { describeModes } from '@antiphon/core/modes';
import {
  BoothTempo,
  ControlLearning,
  ModeAssignment,
  type ModeView,
  StationAction,
  StationRename,
  type StationView,
} from '@antiphon/protocol';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Put,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { ENVIRONMENT, type Environment } from '../env.js';
import { OperatorGuard } from '../operators/operator.guard.js';
import { parseBody } from '../parse-body.js';
import { Stations } from './stations.service.js';

@Controller('api')
@UseGuards(OperatorGuard)
export class StationsController {
  readonly #stations: Stations;
  readonly #environment: Environment;

  constructor(@Inject(Stations) stations: Stations, @Inject(ENVIRONMENT) environment: Environment) {
    this.#stations = stations;
    this.#environment = environment;
  }

  @Get('modes')
  modes(): ModeView[] {
    return describeModes();
  }

  @Get('booth-tempo')
  boothTempo(): BoothTempo {
    return { tempoBpm: this.#stations.boothTempoBpm };
  }

  @Put('booth-tempo')
  async setBoothTempo(@Body() body: unknown): Promise<BoothTempo> {
    await this.#stations.setBoothTempo(parseBody(BoothTempo, body).tempoBpm);
    return this.boothTempo();
  }

  @Get('stations')
  list(): StationView[] {
    return this.#stations.views();
  }

  @Put('stations/:id/assignment')
  async assign(@Param('id') id: string, @Body() body: unknown): Promise<StationView> {
    const station = this.#stations.find(id);
    await this.#stations.assign(station, parseBody(ModeAssignment, body));
    return station.view();
  }

  @Patch('stations/:id')
  async rename(@Param('id') id: string, @Body() body: unknown): Promise<StationView> {
    const station = this.#stations.find(id);
    await this.#stations.rename(station, parseBody(StationRename, body).name);
    return station.view();
  }

  @Post('stations/:id/panic')
  @HttpCode(204)
  panic(@Param('id') id: string): void {
    this.#stations.panic(this.#stations.find(id));
  }

  @Post('stations/:id/actions')
  @HttpCode(204)
  act(@Param('id') id: string, @Body() body: unknown): void {
    this.#stations.act(this.#stations.find(id), parseBody(StationAction, body).action);
  }

  @Put('stations/:id/controls')
  setControls(@Param('id') id: string, @Body() body: unknown): StationView {
    const station = this.#stations.find(id);
    this.#stations.setControls(station, parseBody(ControlMap, body));
    return station.view();
  }

  @Put('stations/:id/learning')
  learn(@Param('id') id: string, @Body() body: unknown): StationView {
    const station = this.#stations.find(id);
    this.#stations.learn(station, parseBody(ControlLearning, body).target);
    return station.view();
  }

  @Post('stations/:id/end-session')
  @HttpCode(204)
  async endSession(@Param('id') id: string): Promise<void> {
    await this.#stations.endSession(this.#stations.find(id));
  }

  @Delete('stations/:id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.#stations.remove(this.#stations.find(id));
  }

  /** What a new station needs: the token, and the addresses at which this machine may be reached. */
  @Get('station-setup')
  setup(@Req() request: Request): { token: string; addresses: string[] } {
    const port = request.socket.localPort;
    const hosts = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => `http://${address}:${port}`);
    return {
      token: this.#environment.STATION_TOKEN,
      addresses: [`http://${request.headers.host}`, ...hosts],
    };
  }
}

/** A browser on the booth's own machine needs no token typed in: it is asked for here. */
@Controller('api/play')
export class PlayController {
  readonly #token: string;

  constructor(@Inject(ENVIRONMENT) environment: Environment) {
    this.#token = environment.STATION_TOKEN;
  }

  @Get('token')
  token(@Req() request: Request): { token: string } {
    const peer = request.socket.remoteAddress ?? '';
    const isLocalPeer = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(peer);
    const isLocalHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? '');
    const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip'].some((name) => name in request.headers);
    if (!isLocalPeer || !isLocalHost || isForwarded)
      throw new AppError(
        'notThisMachine',
        'only a browser on the booth’s own machine is given the token; elsewhere an operator has it',
      );
    return { token: this.#token };
  }
}

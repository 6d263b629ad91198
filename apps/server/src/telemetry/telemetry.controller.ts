import type { Engine } from '@antiphon/core/runtime';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { ENGINE } from '../inference/engine.provider.js';
import { DATABASE, type Database } from '../storage/database.js';
import { engineHealth } from './engine-health.js';
import { METRICS, type Metrics } from './metrics.js';

@Controller()
export class TelemetryController {
  readonly #health: HealthCheckService;
  readonly #database: Database;
  readonly #engine: Engine;
  readonly #metrics: Metrics;

  constructor(
    @Inject(HealthCheckService) health: HealthCheckService,
    @Inject(DATABASE) database: Database,
    @Inject(ENGINE) engine: Engine,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.#health = health;
    this.#database = database;
    this.#engine = engine;
    this.#metrics = metrics;
  }

  @Get('health')
  @HealthCheck()
  health() {
    return this.#health.check([
      async () => {
        await this.#database.pool.query('SELECT 1');
        return { database: { status: 'up' } };
      },
      () => ({ engine: engineHealth(this.#engine.models()) }),
    ]);
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  metrics(): Promise<string> {
    return this.#metrics.registry.metrics();
  }
}

/** Puts the parts together. What has to be opened first, and closed last, is handed in. */
import type { LatentEngine } from '@antiphon/core/runtime';
import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CLOCK, type Clock } from './clock.js';
import { DuetsController } from './duets/duets.controller.js';
import { Duets } from './duets/duets.service.js';
import { Reruns } from './duets/reruns.service.js';
import { ENVIRONMENT, type Environment } from './env.js';
import { ENGINE } from './inference/engine.provider.js';
import { MODEL_LIBRARY, ModelLibrary } from './models/model-library.js';
import { ModelsController } from './models/models.controller.js';
import { OpenApiController } from './openapi.js';
import { SignInController } from './operators/sign-in.controller.js';
import { PlayController, StationsController } from './stations/stations.controller.js';
import { Stations } from './stations/stations.service.js';
import { DATABASE, type Database } from './storage/database.js';
import { METRICS, type Metrics } from './telemetry/metrics.js';
import { TelemetryController } from './telemetry/telemetry.controller.js';

export interface AppParts {
  environment: Environment;
  clock: Clock;
  database: Database;
  engine: LatentEngine;
  metrics: Metrics;
  stations: Stations;
  duets: Duets;
}

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: Nest's form of a module with arguments
export class AppModule {
  static of({ environment, clock, database, engine, metrics, stations, duets }: AppParts): DynamicModule {
    const library = new ModelLibrary({
      engine,
      dataFolder: environment.DATA_DIR,
      stationsWith: (model) =>
        stations
          .all()
          .filter(({ assignment }) => assignment.model === model)
          .map(({ name }) => name),
    });
    return {
      module: AppModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [
        StationsController,
        PlayController,
        DuetsController,
        ModelsController,
        OpenApiController,
        SignInController,
        TelemetryController,
      ],
      providers: [
        { provide: ENVIRONMENT, useValue: environment },
        { provide: CLOCK, useValue: clock },
        { provide: DATABASE, useValue: database },
        { provide: ENGINE, useValue: engine },
        { provide: MODEL_LIBRARY, useValue: library },
        { provide: METRICS, useValue: metrics },
        { provide: Stations, useValue: stations },
        { provide: Duets, useValue: duets },
        { provide: Reruns, useValue: new Reruns(duets, engine) },
      ],
    };
  }
}

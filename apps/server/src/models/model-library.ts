/** Models that operators bring in: kept in the data folder, so that they are there again after a restart, and played at once. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@antiphon/core/errors';
import { anyModelOf, importCheckpoint, writeCheckpoint } from '@antiphon/core/models';
import type { LatentEngine } from '@antiphon/core/runtime';
import type { ImportedModel, ModelImport, ModelView } from '@antiphon/protocol';

export const MODEL_LIBRARY = Symbol('model library');

const RETRY_PAUSE_MS = 2_000;
const MAX_UPLOAD_BYTES = 256 << 20;

/** Where the models are, each a checkpoint folder. */
export const libraryFolder = (dataFolder: string): string => join(dataFolder, 'models');

interface ModelLibraryParts {
  engine: LatentEngine;
  dataFolder: string;
  /** The names of the stations that a model is assigned to. */
  stationsWith: (model: string) => string[];
}

export class ModelLibrary {
  readonly #engine: LatentEngine;
  readonly #dataFolder: string;
  readonly #stationsWith: ModelLibraryParts['stationsWith'];
  readonly #imports = new Map<string, ModelImport>();

  constructor({ engine, dataFolder, stationsWith }: ModelLibraryParts) {
    this.#engine = engine;
    this.#dataFolder = dataFolder;
    this.#stationsWith = stationsWith;
  }

  /** Every model there is; those that were brought in can be removed. */
  async models(): Promise<ModelView[]> {
    const own = await readdir(libraryFolder(this.#dataFolder)).catch((): string[] => []);
    return this.#engine.models().map((model) => ({ ...model, removable: own.includes(model.id) }));
  }

  /**
   * Throws AppError `unknownModel`, `modelBundled` for one that was not brought in, and `modelInUse` while a station is assigned it or
   * somebody plays with it.
   */
  async remove(id: string): Promise<void> {
    const model = (await this.models()).find((each) => each.id === id);
    if (!model) throw new AppError('unknownModel', `there is no model "${id}"`);
    if (!model.removable)
      throw new AppError('modelBundled', `"${id}" was not brought in here, so it cannot be removed here`);
    const stations = this.#stationsWith(id);
    if (stations.length > 0)
      throw new AppError(
        'modelInUse',
        `"${id}" is assigned to ${stations.join(', ')}; assign another there first`,
      );
    await this.#engine.remove(id);
    const gone = await this.#emptyFolder();
    await rename(join(libraryFolder(this.#dataFolder), id), join(gone, id)); // at once, whatever happens after it
    await rm(gone, { recursive: true, force: true });
  }

  /** What is being fetched now. */
  imports(): ModelImport[] {
    return [...this.#imports.values()];
  }

  /** Answers what was not as the source says. Throws AppError `modelExists`, `badCheckpoint`, `downloadFailed`, `noRunner`. */
  async addFrom(url: string, id = nameFrom(url)): Promise<ImportedModel> {
    return this.#bringIn(id, () => this.#add(url, id));
  }

  /** The same of a bundle's bytes. Throws AppError `tooLarge` beside. */
  async addUpload(bytes: Readable, name: string): Promise<ImportedModel> {
    const id = nameFrom(name);
    return this.#bringIn(id, async () => {
      const folder = await this.#emptyFolder();
      try {
        const file = join(folder, id);
        await pipeline(bytes, limited(MAX_UPLOAD_BYTES), createWriteStream(file));
        return await this.#add(file, id);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  /** From its beginning to its end the name is taken. */
  async #bringIn(id: string, bring: () => Promise<ImportedModel>): Promise<ImportedModel> {
    if (this.#imports.has(id) || this.#engine.models().some((model) => model.id === id))
      throw new AppError('modelExists', `there is a model "${id}" already; give this one another name`);
    this.#imports.set(id, { id, receivedBytes: 0, totalBytes: null });
    try {
      return await bring();
    } finally {
      this.#imports.delete(id);
    }
  }

  async #add(source: string, id: string): Promise<ImportedModel> {
    const { checkpoint, warnings } = await importCheckpoint(source, {
      cacheFolder: join(this.#dataFolder, 'downloads'),
      retryPauseMs: RETRY_PAUSE_MS,
      onProgress: ({ receivedBytes, totalBytes }) => {
        this.#imports.set(id, { id, receivedBytes, totalBytes });
      },
    });
    const place = join(libraryFolder(this.#dataFolder), id);
    const aside = await this.#emptyFolder();
    try {
      await writeCheckpoint(join(aside, 'new'), checkpoint);
      await rm(place, { recursive: true, force: true }); // one that was left out at the start
      await rename(join(aside, 'new'), place);
      await this.#engine.add(anyModelOf(place, checkpoint)).catch(async (error) => {
        await rename(place, join(aside, 'refused'));
        throw error;
      });
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
    return { id, warnings };
  }

  /** Made beside its place, so that what is written is moved there whole. */
  async #emptyFolder(): Promise<string> {
    await mkdir(libraryFolder(this.#dataFolder), { recursive: true });
    return mkdtemp(join(libraryFolder(this.#dataFolder), '.new-'));
  }
}

/** `https://host/models/Attention RNN.mag` is `attention-rnn`. */
function nameFrom(source: string): string {
  const last =
    decodeURIComponent(source.replace(/[?#].*$/, ''))
      .split('/')
      .filter(Boolean)
      .at(-1) ?? '';
  const name = last
    .toLowerCase()
    .replace(/\.(mag|ckpt|index)$/, '')
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, 64);
  if (!name) throw new AppError('badRequest', `no name for a model can be made of "${source}"; give it one`);
  return name;
}

function limited(maxBytes: number) {
  return async function* (chunks: AsyncIterable<Buffer>) {
    let received = 0;
    for await (const chunk of chunks) {
      received += chunk.length;
      if (received > maxBytes) throw new AppError('tooLarge', `a model may have ${maxBytes >> 20} MB`);
      yield chunk;
    }
  };
}

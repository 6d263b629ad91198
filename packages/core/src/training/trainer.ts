/** Adjusts a network's parameters window by window. B = batch, H = units. */
import { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node';
import type { Tensor } from '../models/checkpoint.js';
import type { NetworkShape } from './parameters.js';
import { trainingGraph, type WindowShape } from './training-graph.js';
import type { TrainingWindow } from './windows.js';

const ADAM_BETA1 = 0.9;
const ADAM_BETA2 = 0.999;
const MAX_GRADIENT_NORM = 5;

export interface WindowLoss {
  /** Negative log-likelihood in nats a head, summed over what counts. */
  losses: number[];
  /** Targets that count, a head. */
  counts: number[];
  /** Steps of melody. */
  tokens: number;
  gradientNorm: number;
}

/** Weights with Adam's moments (`P/m`, `P/v`, 0 where they are left out), and how many updates they have seen. */
export interface TrainerState {
  weights: Map<string, Tensor>;
  updates: number;
}

const MOMENT = /\/[mv]$/;

export class Trainer {
  readonly #session: InferenceSession;
  readonly #network: NetworkShape;
  readonly #window: WindowShape;
  #parameters: Record<string, OnnxTensor>;
  #states: OnnxTensor[];
  #updates: number;
  readonly #keepAll: Float32Array[];

  private constructor(
    session: InferenceSession,
    network: NetworkShape,
    window: WindowShape,
    { weights, updates }: TrainerState,
  ) {
    this.#session = session;
    this.#network = network;
    this.#window = window;
    this.#parameters = Object.fromEntries(
      [...weights]
        .filter(([name]) => !MOMENT.test(name))
        .flatMap(([name, { shape, values }]) =>
          ['', '/m', '/v'].map((kind) => {
            const kept = kind === '' ? values : weights.get(name + kind)?.values;
            return [name + kind, new OnnxTensor('float32', kept ?? new Float32Array(values.length), shape)];
          }),
        ),
    );
    this.#updates = updates;
    this.#states = this.#zeroStates();
    this.#keepAll = network.units.map((width) => new Float32Array(window.batch * width).fill(1));
  }

  static async create(network: NetworkShape, window: WindowShape, state: TrainerState): Promise<Trainer> {
    const session = await InferenceSession.create(trainingGraph(network, window), {
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
    });
    return new Trainer(session, network, window, state);
  }

  /** One Adam update on the window; `masks` as `dropoutMasks` makes them. State is carried on to the next one. */
  async train(
    window: TrainingWindow,
    learningRate: number,
    masks: Float32Array[] = this.#keepAll,
  ): Promise<WindowLoss> {
    this.#updates++;
    const correction = Math.sqrt(1 - ADAM_BETA2 ** this.#updates) / (1 - ADAM_BETA1 ** this.#updates);
    const { outputs, loss } = await this.#run(window, learningRate * correction, masks);
    this.#parameters = Object.fromEntries(
      Object.keys(this.#parameters).map((name) => [name, outputs[`next/${name}`] as OnnxTensor]),
    );
    return loss;
  }

  /** The loss alone; parameters stay as they are. State is carried on as in training. */
  async measure(window: TrainingWindow): Promise<WindowLoss> {
    return (await this.#run(window, 0, this.#keepAll)).loss;
  }

  /** Before windows that do not go on from the last ones. */
  resetState(): void {
    this.#states = this.#zeroStates();
  }

  parameters(): Map<string, Tensor> {
    return new Map([...this.state().weights].filter(([name]) => !MOMENT.test(name)));
  }

  /** With it another trainer goes on as this one would. */
  state(): TrainerState {
    const weights = Object.entries(this.#parameters).map(([name, { dims, data }]): [string, Tensor] => [
      name,
      { shape: [...dims], values: Float32Array.from(data as Float32Array) },
    ]);
    return { weights: new Map(weights), updates: this.#updates };
  }

  async #run({ x, targets, begins, tokens }: TrainingWindow, rate: number, masks: Float32Array[]) {
    const rows = this.#window.steps * this.#window.batch;
    const feeds: Record<string, OnnxTensor> = {
      ...this.#parameters,
      x: new OnnxTensor('float32', x, [rows, this.#network.inputSize]),
      rate: new OnnxTensor('float32', Float32Array.of(rate), []),
      clip: new OnnxTensor('float32', Float32Array.of(MAX_GRADIENT_NORM), []),
    };
    targets.forEach((target, head) => {
      feeds[`target${head}`] = new OnnxTensor('float32', target, [rows, target.length / rows]);
    });
    masks.forEach((mask, depth) => {
      feeds[`mask${depth}`] = new OnnxTensor('float32', mask, [
        this.#window.batch,
        mask.length / this.#window.batch,
      ]);
    });
    this.#stateNames().forEach((name, i) => {
      const state = this.#states[i] as OnnxTensor;
      const width = state.dims[1] as number;
      begins.forEach((begin, b) => {
        if (begin) (state.data as Float32Array).fill(0, b * width, (b + 1) * width);
      });
      feeds[name] = state;
    });
    const outputs = await this.#session.run(feeds);
    this.#states = this.#stateNames().map((name) => outputs[`next/${name}`] as OnnxTensor);
    const scalar = (name: string) => ((outputs[name] as OnnxTensor).data as Float32Array)[0] as number;
    const loss: WindowLoss = {
      losses: targets.map((_, head) => scalar(`loss${head}`)),
      counts: targets.map((target) => target.reduce((sum, value) => sum + value, 0)),
      tokens,
      gradientNorm: scalar('norm'),
    };
    return { outputs, loss };
  }

  #stateNames(): string[] {
    return this.#network.units.flatMap((_, depth) => [`h${depth}`, `c${depth}`]);
  }

  #zeroStates(): OnnxTensor[] {
    const { batch } = this.#window;
    return this.#network.units.flatMap((width) =>
      [0, 1].map(() => new OnnxTensor('float32', new Float32Array(batch * width), [batch, width])),
    );
  }
}

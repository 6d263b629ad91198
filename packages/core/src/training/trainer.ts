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
  /** Negative log-likelihood in nats, summed over `tokens`. */
  loss: number;
  tokens: number;
  gradientNorm: number;
}

export class Trainer {
  readonly #session: InferenceSession;
  readonly #network: NetworkShape;
  readonly #window: WindowShape;
  #parameters: Record<string, OnnxTensor>;
  #states: OnnxTensor[];
  #updates = 0;

  private constructor(
    session: InferenceSession,
    network: NetworkShape,
    window: WindowShape,
    parameters: Map<string, Tensor>,
  ) {
    this.#session = session;
    this.#network = network;
    this.#window = window;
    this.#parameters = Object.fromEntries(
      [...parameters].flatMap(([name, { shape, values }]) => [
        [name, new OnnxTensor('float32', values, shape)],
        [`${name}/m`, new OnnxTensor('float32', new Float32Array(values.length), shape)],
        [`${name}/v`, new OnnxTensor('float32', new Float32Array(values.length), shape)],
      ]),
    );
    this.#states = this.#zeroStates();
  }

  static async create(
    network: NetworkShape,
    window: WindowShape,
    parameters: Map<string, Tensor>,
  ): Promise<Trainer> {
    const session = await InferenceSession.create(trainingGraph(network, window), {
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
    });
    return new Trainer(session, network, window, parameters);
  }

  /** One Adam update on the window. State is carried on to the next one. */
  async train(window: TrainingWindow, learningRate: number): Promise<WindowLoss> {
    this.#updates++;
    const correction = Math.sqrt(1 - ADAM_BETA2 ** this.#updates) / (1 - ADAM_BETA1 ** this.#updates);
    const { outputs, loss } = await this.#run(window, learningRate * correction);
    this.#parameters = Object.fromEntries(
      Object.keys(this.#parameters).map((name) => [name, outputs[`next/${name}`] as OnnxTensor]),
    );
    return loss;
  }

  /** The loss alone; parameters stay as they are. State is carried on as in training. */
  async measure(window: TrainingWindow): Promise<WindowLoss> {
    return (await this.#run(window, 0)).loss;
  }

  /** Before windows that do not go on from the last ones. */
  resetState(): void {
    this.#states = this.#zeroStates();
  }

  parameters(): Map<string, Tensor> {
    const names = Object.keys(this.#parameters).filter((name) => !/\/[mv]$/.test(name));
    return new Map(
      names.map((name) => {
        const { dims, data } = this.#parameters[name] as OnnxTensor;
        return [name, { shape: [...dims], values: Float32Array.from(data as Float32Array) }];
      }),
    );
  }

  async #run({ x, target, begins, tokens }: TrainingWindow, rate: number) {
    const rows = this.#window.steps * this.#window.batch;
    const feeds: Record<string, OnnxTensor> = {
      ...this.#parameters,
      x: new OnnxTensor('float32', x, [rows, this.#network.inputSize]),
      target: new OnnxTensor('float32', target, [rows, this.#network.classes]),
      rate: new OnnxTensor('float32', Float32Array.of(rate), []),
      clip: new OnnxTensor('float32', Float32Array.of(MAX_GRADIENT_NORM), []),
    };
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
    return { outputs, loss: { loss: scalar('loss'), tokens, gradientNorm: scalar('norm') } };
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

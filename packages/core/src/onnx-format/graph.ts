/** Writes ONNX model files: nodes are added one by one, named values connect them. Format: onnx.proto3, IR version 10. */
import protobuf from 'protobufjs';

const { Field, Root, Type } = protobuf;

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const elementTypes = { float32: FLOAT, int32: INT32, int64: INT64 } as const;
export type ElementType = keyof typeof elementTypes;

const IR_VERSION = 10;
const OPSET_VERSION = 21;

type FieldSpec = [name: string, id: number, type: string, repeated?: 'repeated'];

function message(name: string, fields: FieldSpec[]): protobuf.Type {
  const type = new Type(name);
  for (const [field, id, fieldType, rule] of fields) type.add(new Field(field, id, fieldType, rule));
  return type;
}

const root = new Root();
for (const type of [
  message('Dimension', [
    ['dimValue', 1, 'int64'],
    ['dimParam', 2, 'string'],
  ]),
  message('Shape', [['dim', 1, 'Dimension', 'repeated']]),
  message('TensorType', [
    ['elemType', 1, 'int32'],
    ['shape', 2, 'Shape'],
  ]),
  message('ValueType', [['tensorType', 1, 'TensorType']]),
  message('ValueInfo', [
    ['name', 1, 'string'],
    ['type', 2, 'ValueType'],
  ]),
  message('Tensor', [
    ['dims', 1, 'int64', 'repeated'],
    ['dataType', 2, 'int32'],
    ['name', 8, 'string'],
    ['rawData', 9, 'bytes'],
  ]),
  message('Attribute', [
    ['name', 1, 'string'],
    ['f', 2, 'float'],
    ['i', 3, 'int64'],
    ['s', 4, 'bytes'],
    ['t', 5, 'Tensor'],
    ['ints', 8, 'int64', 'repeated'],
    ['type', 20, 'int32'],
  ]),
  message('Node', [
    ['input', 1, 'string', 'repeated'],
    ['output', 2, 'string', 'repeated'],
    ['name', 3, 'string'],
    ['opType', 4, 'string'],
    ['attribute', 5, 'Attribute', 'repeated'],
  ]),
  message('Graph', [
    ['node', 1, 'Node', 'repeated'],
    ['name', 2, 'string'],
    ['initializer', 5, 'Tensor', 'repeated'],
    ['input', 11, 'ValueInfo', 'repeated'],
    ['output', 12, 'ValueInfo', 'repeated'],
  ]),
  message('OperatorSet', [
    ['domain', 1, 'string'],
    ['version', 2, 'int64'],
  ]),
  message('Model', [
    ['irVersion', 1, 'int64'],
    ['producerName', 2, 'string'],
    ['graph', 7, 'Graph'],
    ['opsetImport', 8, 'OperatorSet', 'repeated'],
  ]),
])
  root.add(type);

type AttributeValue = { float: number } | { int: number } | { ints: number[] } | { string: string };
export type Attributes = Record<string, AttributeValue>;

/** A size, or the name of one that is known only at run time. */
export type Dimension = number | string;

function attribute(name: string, value: AttributeValue) {
  if ('float' in value) return { name, f: value.float, type: 1 };
  if ('int' in value) return { name, i: value.int, type: 2 };
  if ('string' in value) return { name, s: Buffer.from(value.string), type: 3 };
  return { name, ints: value.ints, type: 7 };
}

function valueInfo(name: string, type: ElementType, shape: Dimension[]) {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

export class GraphBuilder {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];
  #names = 0;

  input(name: string, type: ElementType, shape: Dimension[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(name: string, type: ElementType, shape: Dimension[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  constant(values: Float32Array | BigInt64Array | Int32Array, dims: number[]): string {
    const name = this.#fresh('constant');
    const type = values instanceof Float32Array ? FLOAT : values instanceof Int32Array ? INT32 : INT64;
    const rawData = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.push({ name, dims, dataType: type, rawData });
    return name;
  }

  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  integers(...values: number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** Adds a node with one output; `''` leaves an optional input out. Answers the output's name. */
  node(opType: string, input: string[], attributes: Attributes = {}): string {
    return this.nodes(opType, input, attributes, 1)[0] as string;
  }

  /** Adds a node with several outputs, in the operator's order. */
  nodes(opType: string, input: string[], attributes: Attributes, outputs: number): string[] {
    const output = Array.from({ length: outputs }, () => this.#fresh(opType.toLowerCase()));
    this.#nodes.push({
      input,
      output,
      name: this.#fresh('node'),
      opType,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  /** Gives a value the name by which it is asked for. */
  named(name: string, value: string): string {
    this.#nodes.push({ input: [value], output: [name], name: this.#fresh('node'), opType: 'Identity' });
    return name;
  }

  encode(): Uint8Array {
    const type = root.lookupType('Model');
    return type
      .encode(
        type.fromObject({
          irVersion: IR_VERSION,
          producerName: 'antiphon',
          opsetImport: [{ domain: '', version: OPSET_VERSION }],
          graph: {
            name: 'antiphon',
            node: this.#nodes,
            initializer: this.#initializers,
            input: this.#inputs,
            output: this.#outputs,
          },
        }),
      )
      .finish();
  }

  #fresh(stem: string): string {
    return `${stem}_${this.#names++}`;
  }
}

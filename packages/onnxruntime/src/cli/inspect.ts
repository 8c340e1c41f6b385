import { OPSETS } from '@focal-loss/onnx';
import { dimensionsOf, dtypeOf } from '../logits.ts';
import type { NodeInfo, Scan, TypeInfo } from '../scan.ts';

/** TensorProto's number formats, by number. */
const formats =
  '? float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 uint64 complex64 complex128 bfloat16';

/** What only moves numbers, and may stand between an activation and the output. */
const MOVES = new Set(['Identity', 'Cast', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Transpose']);

/** Why an output is taken for logits that comes from no activation. */
const FLOATS = 'an output of floats';

/** A value that may be logits, and why. */
interface Candidate {
  readonly name: string;
  readonly type: TypeInfo | undefined;
  readonly loss: 'sigmoidFocal' | 'softmaxFocal';
  readonly axis?: number | undefined;
  readonly because: string;
}

/** What a model has, line by line, and what to do to append a loss. */
export function describeModel(path: string, content: Scan): string {
  const { inputs, outputs, values, nodes, types, initializers, external } = content;
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const candidates = candidatesOf(content, makers);
  const marks = new Map(candidates.map(({ name, because }) => [name, because]));

  const fed = inputs.filter((name) => !initializers.has(name));
  const listed = new Set([...fed, ...outputs, ...initializers]);
  const inner = [...values].filter((name) => !listed.has(name) && makers.get(name)?.op !== 'Constant');
  const rows = (names: readonly string[]) =>
    names.map((name) => {
      const node = makers.get(name);
      const mark = marks.get(name);
      return [name, said(types.get(name)), [node?.op ?? '', mark && `← logits? ${mark}`].filter(Boolean).join('  ')];
    });
  const sections = { inputs: rows(fed), outputs: rows(outputs), 'other values': rows(inner) };
  const all = Object.values(sections).flat();
  const widths = [0, 1].map((column) => all.reduce((width, row) => Math.max(width, row[column].length), 0));
  const opsets = [...content.opsets].map(([domain, version]) => `${domain || 'opset'} ${version}`).join(', ');
  const opset = content.opsets.get('') ?? 0;
  const isTaken = opset >= OPSETS.first && opset <= OPSETS.last;
  return [
    `${path}: ${opsets}, ${nodes.length} nodes, ${initializers.size} initializers`,
    ...(external.size === 0 ? [] : [`numbers in other files: ${[...external].join(', ')}`]),
    ...Object.entries(sections).flatMap(([title, lines]) =>
      lines.length === 0
        ? []
        : [
            `${title}:`,
            ...lines.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()),
          ],
    ),
    ...(candidates.length === 0
      ? ['Nothing looks like logits: no output is of float16, bfloat16, float32 or float64.']
      : []),
    ...(isTaken
      ? []
      : [`A loss is appended to models of opset ${OPSETS.first} to ${OPSETS.last}: convert this one first.`]),
    ...candidates.flatMap((candidate) => commandFor(path, candidate, types.has(candidate.name))),
  ].join('\n');
}

/** `float32 [batch, 3]`, with a question mark for what the model does not say. */
function said(type: TypeInfo | undefined): string {
  if (type === undefined) return '?';
  const format = type.element === 0 ? 'no tensor' : (formats.split(' ')[type.element] ?? `format ${type.element}`);
  return type.shape === undefined ? format : `${format} [${type.shape.map((size) => size ?? '?').join(', ')}]`;
}

/** What goes into a last sigmoid or softmax; if no output comes from one, outputs of floats. */
function candidatesOf({ outputs, types }: Scan, makers: ReadonlyMap<string, NodeInfo>): Candidate[] {
  const activated = outputs.flatMap((output): Candidate[] => {
    let node = makers.get(output);
    const moves = new Set<string>();
    for (; node !== undefined && MOVES.has(node.op); node = makers.get(node.inputs[0])) moves.add(node.op);
    if (node === undefined || !/^(Log)?Softmax$|^Sigmoid$/.test(node.op)) return [];
    const [name] = node.inputs;
    const [activation] = node.outputs;
    const because = `the input of the ${node.op} that gives ${output}`;
    const type = types.get(name) ?? types.get(activation) ?? throughMoves(types.get(output), moves);
    if (node.op === 'Sigmoid') return [{ name, type, loss: 'sigmoidFocal', because }];
    const rank = type?.shape?.length ?? 0;
    const isLast = node.axis === undefined || node.axis === -1 || node.axis === rank - 1;
    return [{ name, type, loss: 'softmaxFocal', axis: isLast ? undefined : node.axis, because }];
  });
  if (activated.length > 0) return [...new Map(activated.map((one) => [one.name, one])).values()];
  return outputs.flatMap((name) => {
    const type = types.get(name);
    if (dtypeOf(type) === undefined) return [];
    return [{ name, type, loss: 'sigmoidFocal', because: FLOATS }];
  });
}

/** What is known of a value by what some operations made of it. */
function throughMoves(type: TypeInfo | undefined, moves: ReadonlySet<string>): TypeInfo | undefined {
  if (type === undefined) return undefined;
  const keepsShape = [...moves].every((op) => op === 'Identity' || op === 'Cast');
  return { element: moves.has('Cast') ? 0 : type.element, shape: keepsShape ? type.shape : undefined };
}

/** The command that appends a loss, as far as the model tells it. */
function commandFor(path: string, { name, type, loss, axis, because }: Candidate, isTyped: boolean): string[] {
  const dtype = dtypeOf(type);
  const shape = dimensionsOf(name, type);
  const flags = [
    ['--logits', name],
    ['--loss', loss],
    ...(axis === undefined ? [] : [['--axis', String(axis)]]),
    ...(dtype === undefined || isTyped ? [] : [['--dtype', dtype]]),
    ...(shape === undefined || isTyped ? [] : [['--shape', shape.join(',')]]),
    ['-o', path.replace(/(\.onnx)?$/, '-with-loss.onnx')],
  ];
  const untold = [
    ...(dtype === undefined ? ['--dtype'] : []),
    ...(shape === undefined && loss === 'sigmoidFocal' ? ['--shape'] : []),
  ];
  return [
    '',
    `If ${name} is the logits, ${because}:`,
    `  focal-onnx append ${[path, ...flags.flat()].map(quoted).join(' ')}`,
    ...(because === FLOATS ? ['If its classes exclude one another, take --loss softmaxFocal.'] : []),
    ...(untold.length === 0 ? [] : [`Add ${untold.join(' and ')}, which the model does not tell.`]),
  ];
}

/** As a shell takes it. */
const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

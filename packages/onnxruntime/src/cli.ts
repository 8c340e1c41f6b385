/**
 * The command `focal-onnx`.
 *
 * @module
 */
import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises';
import { FocalLossError, factories, formulas, type Loss, reference, sigmoidFocal } from '@focal-loss/core';
import { cac } from 'cac';
import { lossFragment, posteriorFragment } from './append.ts';
import { buildModel } from './build.ts';
import { compile } from './compile.ts';

type Flags = Readonly<Record<string, unknown>>;

/** Every parameter of the family, with the keys of the members that have it and its default there. */
const params = new Map<string, string>();
for (const { key, params: own } of formulas.family) {
  for (const [name, { default: value }] of Object.entries(own)) {
    params.set(name, [...(params.has(name) ? [params.get(name)] : []), `${key} (default ${value})`].join(', '));
  }
}

/** Parameters that are switches somewhere in the family. */
const switches = new Set(
  formulas.family.flatMap(({ params: own }) => Object.keys(own).filter((name) => (own as Switches)[name].flag)),
);
type Switches = Readonly<Record<string, { readonly flag?: boolean }>>;

/** What a loss takes beside its parameters, and in words. */
const options = {
  alpha: 'α; a list has one for each class: 0.25,0.5,1',
  labelSmoothing: 'ε in [0, 1)',
  reduction: 'mean (default), sum, example or none',
  normalizer: 'What mean divides by: count (default), positives or weights',
  ignoreIndex: 'The target to ignore',
  background: 'The class that means no object',
};

/** The flags that a loss is made of, as its factory names them. */
function lossOf(flags: Flags): Loss {
  const name = String(flags.loss);
  if (!Object.hasOwn(factories, name)) {
    throw new FocalLossError('focal-onnx', [
      { field: '--loss', got: flags.loss, takes: Object.keys(factories).join(', ') },
    ]);
  }
  const make = factories[name as keyof typeof factories] as (options?: object) => Loss;
  const read = (field: string) => {
    const flag = flags[field];
    if (switches.has(field) && (flag === 'true' || flag === 'false')) return flag === 'true';
    const isList = field === 'alpha' && (make().link === 'softmax' || String(flag).includes(','));
    return isList ? numbers(flag) : number(flag);
  };
  const fields = [...params.keys(), ...Object.keys(options)].filter((field) => flags[field] !== undefined);
  return make(Object.fromEntries(fields.map((field) => [field, read(field)])));
}

/** Text that is no number stays text, for the error message. */
const number = (flag: unknown) => (flag === undefined || Number.isNaN(Number(flag)) ? flag : Number(flag));
const numbers = (flag: unknown) => (flag === undefined ? undefined : String(flag).split(',').map(number));
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function graphOf(flags: Flags) {
  const { grad, hess, weights, weightsShape, normalizerInput, targets, axis, index, unchecked, accumulate } = flags;
  const given = {
    grad,
    hess,
    weights,
    weightsShape: numbers(weightsShape),
    targets,
    axis: number(axis),
    normalizer: normalizerInput,
    index,
    checked: unchecked ? false : undefined,
    accumulate,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What `--posterior` is followed by. */
function posteriorOf({ posterior }: Flags): boolean | 'logit' {
  if (posterior === undefined) return false;
  if (posterior === true || posterior === 'logit') return posterior;
  throw new FocalLossError('focal-onnx', [{ field: '--posterior', got: posterior, takes: 'nothing, or logit' }]);
}

/** The only name there is to choose; others are refused by what they are. */
function posteriorName(names: Readonly<Record<string, string>> = {}) {
  const { posterior: name, ...rest } = names;
  return { ...(name !== undefined && { name }), ...rest };
}

function outputOf({ output }: Flags): string {
  if (typeof output === 'string') return output;
  throw new FocalLossError('focal-onnx', [{ field: '-o', got: output, takes: 'the file to write' }]);
}

const cli = cac('focal-onnx');

/** A command, with the options of both. */
function command(name: string, about: string) {
  const made = cli.command(name, about).option('--loss <name>', Object.keys(factories).join(', '));
  for (const [param, members] of params) made.option(`--${kebab(param)} <number>`, `Of ${members}`);
  for (const [option, says] of Object.entries(options)) {
    if (!params.has(option)) made.option(`--${kebab(option)} <value>`, says);
  }
  return made
    .option('--grad', 'Also an output for the gradient')
    .option('--hess', 'Also an output for the diagonal of the second derivatives')
    .option('--posterior [logit]', 'Instead of the loss the probabilities that its minimum stands for, or their logits')
    .option('--weights', 'Also an input with a weight for each target')
    .option('--weights-shape <sizes>', 'Of that input, where it broadcasts to the targets: 1,80')
    .option('--axis <number>', 'Which axis of the logits has the classes, -1 by default')
    .option('--targets <kind>', 'entries (default), or rows of probabilities')
    .option('--normalizer-input', 'Also an input with the number that mean divides by')
    .option('--index <dtype>', 'Number format of class indices: int64 (default) or int32')
    .option('--unchecked', 'No nodes that look for bad targets')
    .option('--accumulate <dtype>', 'Number format of sums: float64 or float32')
    .option('--dtype <dtype>', 'Of the logits: float16, float32 or float64')
    .option('--shape <sizes>', 'Of the logits, sizes or names: batch,80')
    .option('-o, --output <file>', 'The file to write');
}

command('[...none]', 'Write a model that is a loss')
  .option('--opset <version>', '13 to 25, default 17')
  .example('focal-onnx --loss sigmoidFocal --gamma 2 --alpha 0.25 --grad -o loss.onnx')
  .action(async (rest: string[], flags: Flags) => {
    if (rest.length > 0) {
      throw new FocalLossError('focal-onnx', [{ field: 'command', got: rest[0], takes: 'append, or nothing' }]);
    }
    const { dtype, shape, opset } = flags;
    const bytes = buildModel(lossOf(flags), {
      ...graphOf(flags),
      posterior: posteriorOf(flags),
      dtype: dtype as never,
      shape: numbers(shape) as never,
      opset: number(opset) as never,
    });
    await writeFile(outputOf(flags), bytes);
    console.log(`${outputOf(flags)}: ${bytes.length} bytes`);
  });

command('append <model>', 'Write a model with a loss behind its logits')
  .option('--logits <name>', 'The value in the graph that the loss reads')
  .option(
    '--names <pairs>',
    'What new inputs and outputs are called: targets=labels,value=focal; of a posterior posterior=p',
  )
  .example('focal-onnx append model.onnx --logits scores --loss sigmoidFocal --reduction none -o model-with-loss.onnx')
  .action(async (model: string, flags: Flags) => {
    const { logits, dtype, shape, names } = flags;
    const output = outputOf(flags);
    const pairs =
      names === undefined
        ? undefined
        : Object.fromEntries(
            String(names)
              .split(',')
              .map((pair) => pair.split('=')),
          );
    const where = { logits: logits as string, dtype: dtype as never, shape: numbers(shape) as never };
    const posterior = posteriorOf(flags);
    const bytes = await readFile(model);
    const fragment =
      posterior === false
        ? lossFragment(bytes, lossOf(flags), { ...graphOf(flags), ...where, names: pairs })
        : posteriorFragment(bytes, lossOf(flags), {
            ...graphOf(flags),
            ...where,
            logit: posterior === 'logit',
            ...posteriorName(pairs),
          });
    await copyFile(model, output);
    await appendFile(output, fragment);
    console.log(`${output}: ${fragment.length} bytes behind those of ${model}`);
  });

cli
  .command(
    'probe [provider]',
    'Try an execution provider of onnxruntime-node, cpu by default: print it, or what is missing',
  )
  .example('focal-onnx probe cuda')
  .action(async (provider = 'cpu') => {
    const loss = sigmoidFocal();
    const run = await compile(loss, { executionProviders: [provider], strict: true });
    const [got, truth] = [await run.value([2, -1], [1, 0]), reference(loss).value([2, -1], [1, 0])];
    await run.dispose();
    if (!(Math.abs(got / Number(truth) - 1) < 1e-5)) throw new Error(`${provider} gives ${got} instead of ${truth}`);
    console.log(run.executionProvider);
  });

cli.help();

/** Runs the command, and says in one line what is wrong with it. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    cli.parse([...argv], { run: false });
    await cli.runMatchedCommand();
  } catch (error) {
    console.error(error instanceof FocalLossError ? error.message : `focal-onnx: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}

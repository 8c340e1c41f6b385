/**
 * The command `focal-onnx`.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { FocalLossError, factories, reference, sigmoidFocal } from '@focal-loss/core';
import type { InputName } from '@focal-loss/onnx';
import { cac } from 'cac';
import manifest from '../../package.json' with { type: 'json' };
import { lossPieces, posteriorPieces } from '../append.ts';
import { buildModel } from '../build.ts';
import { compile } from '../compile.ts';
import { NotAModel } from '../fields.ts';
import { scan } from '../scan.ts';
import { argumentsOf } from './arguments.ts';
import { checkApart, copyBeside, withFile } from './files.ts';
import { describeModel } from './inspect.ts';
import { type Flags, lossOf, number, numbers, options, params } from './loss.ts';

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function graphOf(flags: Flags) {
  const {
    grad,
    hess,
    weights,
    weightsShape,
    normalizerInput,
    targets,
    axis,
    index,
    unchecked,
    accumulate,
    summedAtOnce,
    gradDtype,
    topK,
  } = flags;
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
    summedAtOnce: number(summedAtOnce),
    gradDtype,
    topK: number(topK),
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

/** What `--existing` is followed by. */
const listOf = (got: Flags[string]) => (got === undefined ? undefined : (String(got).split(',') as InputName[]));

/** What `--names` is followed by. */
function namesOf({ names }: Flags): Readonly<Record<string, string>> | undefined {
  if (names === undefined) return undefined;
  const pairs = String(names).split(',');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, name] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
      if (key !== undefined) return [key, name];
      const takes = 'names with what they are for, such as targets=labels,value=focal';
      throw new FocalLossError('focal-onnx', [{ field: '--names', got: pair, takes }]);
    }),
  );
}

function outputOf({ output }: Flags): string {
  if (typeof output === 'string' && output !== '') return output;
  throw new FocalLossError('focal-onnx', [{ field: '-o', got: output, takes: 'the file to write' }]);
}

const cli = cac('focal-onnx');

/** A command, with the options of both. */
function command(name: string, about: string) {
  const made = cli
    .command(name, about)
    .option('--loss <name>', Object.keys(factories).join(', '))
    .option('--config <file>', 'A loss as JSON, as JSON.stringify(loss) writes it; other flags change it');
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
    .option('--summed-at-once <number>', 'Up to how many classes a row is added up by the runtime: 16 for WebAssembly')
    .option('--top-k <number>', 'Also outputs for so many of the largest losses, and where they are')
    .option('--grad-dtype <dtype>', 'Number format of gradients: float32 where that of the logits is narrower')
    .option('--dtype <dtype>', 'Of the logits: float16, bfloat16, float32 or float64')
    .option('--shape <sizes>', 'Of the logits, sizes or names: batch,80')
    .option('-o, --output <file>', 'The file to write');
}

command('[...none]', 'Write a model that is a loss')
  .option('--opset <version>', '11 to 26, default 17')
  .example('focal-onnx --loss sigmoidFocal --gamma 2 --alpha 0.25 --grad -o loss.onnx')
  .action(async (rest: string[], flags: Flags) => {
    if (rest.length > 0) {
      throw new FocalLossError('focal-onnx', [
        { field: 'command', got: rest[0], takes: 'append, inspect, probe, or nothing' },
      ]);
    }
    const { dtype, shape, opset } = flags;
    const bytes = buildModel(await lossOf(flags), {
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
  .option('--existing <inputs>', 'Inputs of the loss that the model has already, by the names above: targets,weights')
  .example('focal-onnx append model.onnx --logits scores --loss sigmoidFocal --reduction none -o model-with-loss.onnx')
  .action(async (model: string, flags: Flags) => {
    const { logits, dtype, shape } = flags;
    const output = outputOf(flags);
    const names = namesOf(flags);
    const where = { logits: logits as string, dtype: dtype as never, shape: numbers(shape) as never };
    const posterior = posteriorOf(flags);
    const loss = await lossOf(flags);
    checkApart(model, output);
    const copied = await withFile(model, async (source) => {
      const pieces =
        posterior === false
          ? lossPieces(source, loss, { ...graphOf(flags), ...where, names, existing: listOf(flags.existing) })
          : posteriorPieces(source, loss, {
              ...graphOf(flags),
              ...where,
              logit: posterior === 'logit',
              ...posteriorName(names),
            });
      const beside = await copyBeside(model, output, scan(source).external);
      await writeFile(output, pieces);
      return beside;
    });
    console.log(
      [`${output}: ${statSync(output).size} bytes`, ...copied.map((name) => `${name} copied beside it`)].join('; '),
    );
  });

cli
  .command('inspect <model>', 'List inputs, outputs and other values of a model, and what looks like logits')
  .example('focal-onnx inspect model.onnx')
  .action(async (model: string) => {
    console.log(await withFile(model, (source) => describeModel(model, scan(source))));
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
cli.version(manifest.version);

/** Whether a flag is followed by text. */
const takesText = (name: string) =>
  cli.commands.some(({ options: own }) =>
    own.some(({ names, isBoolean }) => names.includes(name) && isBoolean !== true),
  );

/** Runs the command, and says in one line what is wrong with it. */
export async function main(argv: readonly string[]): Promise<void> {
  // Somebody who reads the first lines only, as head does, is no reason to complain.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 2));
  try {
    const { args, texts } = argumentsOf(argv, takesText);
    cli.parse(args, { run: false });
    for (const [name, text] of texts) {
      // A flag that is repeated is a list.
      if (!Array.isArray(cli.options[name])) cli.options[name] = text;
    }
    await cli.runMatchedCommand();
  } catch (error) {
    console.error(error instanceof FocalLossError ? error.message : `focal-onnx: ${messageOf(error)}`);
    process.exitCode = 2;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof NotAModel) return `this is no ONNX model, but ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

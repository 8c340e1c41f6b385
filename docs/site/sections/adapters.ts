import type { Feature } from '@focal-loss/conformance';
import { accuracyFile, ranDtypes } from '../../figures/accuracy.ts';
import { adapterRows } from '../../readme/sections.ts';
import { table } from '../../readme/table.ts';
import type { Material } from './material.ts';

/** One row a backend: how many checks, the worst errors, the verdict. */
export const adapters = ({ reports }: Material): string => table(adapterRows(reports));

const features: Readonly<Record<Feature, string>> = {
  softmax: 'softmax',
  softLabels: 'soft labels',
  weights: 'weights',
  ignoreIndex: '`ignoreIndex`',
  normalizer: '`normalizer` at the call',
  customLoss: '`defineLoss`',
  nonfinite: 'NaN and ±∞ logits',
  empty: 'empty input',
  rowTargets: 'rows of probabilities, places',
  labelSmoothing: '`labelSmoothing`',
  axis: '`axis`, any rank',
  classAlpha: 'α per class at a sigmoid',
  broadcastWeights: 'weights that broadcast',
  examples: "`reduction: 'example'`",
  hess: '`valueGradHess`',
  posterior: '`posterior`',
};

/** What every backend that ran says it lacks: most lack nothing, and a table of what they all have says nothing. */
export function support({ reports: { reports } }: Material): string {
  const ran = reports.filter(({ verdict }) => verdict !== 'not run');
  const complete = ran.filter(({ without }) => without.every((feature) => features[feature as Feature] === undefined));
  const rest = ran.filter((report) => !complete.includes(report));
  const names = (of: typeof ran) => of.map(({ backend }) => backend.name).join(', ');
  const sizes = [...new Set(ran.map(({ largest }) => largest))].sort((one = 1e7, other = 1e7) => other - one);
  const largest = sizes
    .map((size) =>
      size === undefined ? '10⁷' : `${size.toLocaleString('en')} (${names(ran.filter((one) => one.largest === size))})`,
    )
    .join(', ');
  return `What there is to have: ${Object.values(features).join(', ')}.

${complete.length === 0 ? '' : `**All of it**: ${names(complete)}.`}

${
  rest.length === 0
    ? ''
    : `All but a part of it:\n\n${table(
        rest.map(({ backend, without }) => ({
          adapter: backend.name,
          lacks: without.flatMap((feature) => features[feature as Feature] ?? []).join(', '),
        })),
      )}`
}

Sums are tested with up to ${largest} logits.`;
}

/** What was not run, and why. */
export function notRun({ reports: { reports, notLoaded } }: Material): string {
  const lines = [
    ...reports
      .filter(({ verdict }) => verdict === 'not run')
      .map(({ backend, reason }) => `- ${backend.name}: ${reason}`),
    ...notLoaded.map(({ file, reason }) => `- ${file}: ${reason}`),
  ];
  return lines.length === 0
    ? 'All of them ran where the reports were made.'
    : `Not run where the reports were made:\n\n${lines.join('\n')}`;
}

/** What backends say they do not get right, with their reasons. */
export function declared({ reports: { reports } }: Material): string {
  const entries = reports.flatMap(({ backend, declared }) =>
    declared.map(({ reason, checks }) => ({ reason, who: `${backend.name} (${checks})` })),
  );
  const reasons = [...new Set(entries.map(({ reason }) => reason))];
  const lines = reasons.map((reason) => {
    const who = entries.filter((entry) => entry.reason === reason).map((entry) => entry.who);
    return `- ${reason}: ${who.join(', ')}`;
  });
  return lines.length === 0
    ? 'No adapter declares a failure.'
    : `Declared to fail, and printed as such by every run, with how many checks:\n\n${lines.join('\n')}`;
}

/** The figures of error against logit, one a number format. */
export function accuracy({ reports: { reports } }: Material): string {
  return ranDtypes(reports)
    .map(
      (dtype) =>
        `### ${dtype}\n\n![Relative error of loss and gradient against the logit in ${dtype}: all adapters, beside torchvision's formula](../figures/${accuracyFile(dtype)})`,
    )
    .join('\n\n');
}

import type { Feature } from '@focal-loss/conformance';
import { accuracyFile } from '../../figures/accuracy.ts';
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

/** What every backend that ran says it has. */
export function support({ reports: { reports } }: Material): string {
  const ran = reports.filter(({ verdict }) => verdict !== 'not run');
  return table(
    ran.map(({ backend, without, largest }) => ({
      adapter: backend.name,
      computes: backend.device === 'composed' ? 'composed of operations' : backend.device,
      ...Object.fromEntries(
        Object.entries(features).map(([feature, words]) => [
          words,
          without.includes(feature as Feature) ? 'no' : 'yes',
        ]),
      ),
      'tested up to': largest === undefined ? '10⁷ logits' : `${largest.toLocaleString('en')} logits`,
    })),
  );
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
  const lines = reports.flatMap(({ backend, declared }) =>
    declared.map(
      ({ reason, checks }) => `- ${backend.name}, ${checks} ${checks === 1 ? 'check' : 'checks'}: ${reason}`,
    ),
  );
  return lines.length === 0
    ? 'No adapter declares a failure.'
    : `Declared to fail, and printed as such by every run:\n\n${lines.join('\n')}`;
}

/** The figures of error against logit, one a backend that ran. */
export function accuracy({ reports: { reports } }: Material): string {
  return reports
    .filter(({ verdict }) => verdict !== 'not run')
    .map(
      ({ backend }) =>
        `![${backend.name}: relative error against the logit, beside torchvision's formula in float32](../figures/${accuracyFile(backend.name)})`,
    )
    .join('\n\n');
}

/**
 * What a command knows is not typed by hand: `<!-- generated: name -->` in a guide is replaced by the Markdown that the
 * section of that name writes.
 */
import { accuracy, adapters, declared, notRun, support } from './adapters.ts';
import { benchmarks } from './benchmarks.ts';
import { clauses, topicSections } from './clauses.ts';
import { difficulty, whoTakes } from './explained.ts';
import { formulas, operations } from './formulas.ts';
import { gammaWidget } from './gammaWidget.ts';
import type { Material } from './material.ts';
import { otherClauses, otherReports } from './otherReports.ts';
import { alphaDirection, means, softLabels } from './peers.ts';
import { biases, firstLoss, realInput } from './practice.ts';
import { stacks, starts } from './starts.ts';
import { tolerances } from './tolerances.ts';

/** All sections by name. */
const sections: Readonly<Record<string, (material: Material) => string>> = {
  accuracy,
  adapters,
  'alpha-direction': alphaDirection,
  benchmarks,
  biases,
  clauses,
  ...topicSections(),
  declared,
  difficulty: () => difficulty('en'),
  'difficulty-zh': () => difficulty('zh'),
  'first-loss': firstLoss,
  formulas,
  gamma: () => gammaWidget('en'),
  'gamma-zh': () => gammaWidget('zh'),
  means,
  'not-run': notRun,
  operations,
  'other-clauses': otherClauses,
  'other-reports': otherReports,
  'real-input': realInput,
  'soft-labels': softLabels,
  stacks,
  starts,
  support,
  tolerances,
  'who-takes': () => whoTakes('en'),
  'who-takes-zh': () => whoTakes('zh'),
};

const marker = /^<!-- generated: ([\w-]+) -->$/gm;

/** A guide with its generated sections in place. */
export function fill(text: string, path: string, material: Material): string {
  return text.replace(marker, (_, name: string) => {
    const section = sections[name];
    if (section === undefined) throw new Error(`${path}: there is no section ${name}`);
    return section(material).trim();
  });
}

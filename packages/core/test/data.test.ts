import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { format } from '../oracle/json.ts';
import { schema } from '../scripts/schema.ts';
import { defineLoss, factories, type Loss, lossFrom, sigmoidFocal, softmaxFocal, varifocal } from '../src/index.ts';

const makers = Object.values(factories) as unknown as ((options?: object) => Loss)[];

describe('a loss is data', () => {
  it.each(makers.map((make) => make()))('$name comes back from JSON as it was', (loss) => {
    expect(lossFrom(JSON.stringify(loss))).toEqual(loss);
  });

  it('with every option, switches and lists among them', () => {
    const all = [
      sigmoidFocal({ gamma: 1.25, alpha: new Float32Array([0.5, 0.125]), reduction: 'example', ignoreIndex: -1 }),
      softmaxFocal({ alpha: [1, 2], normalizer: 'positives', background: 1, labelSmoothing: 0.1 }),
      varifocal({ detach: true, iouWeighted: false, gamma: 3 }),
    ];
    for (const loss of all) expect(lossFrom(JSON.parse(JSON.stringify(loss)))).toEqual(loss);
    expect(JSON.parse(JSON.stringify(all[2]))).toMatchObject({ loss: 'varifocal', detach: true, iouWeighted: false });
  });

  it('takes the least that says it, as a config file does', () => {
    expect(lossFrom({ loss: 'sigmoidFocal', gamma: 3, alpha: null })).toEqual(sigmoidFocal({ gamma: 3 }));
  });

  it('a spread loss is still a loss that compares equal; toJSON stays out of it', () => {
    const loss = sigmoidFocal();
    expect(Object.keys(loss)).not.toContain('toJSON');
    expect({ ...loss }).toEqual(loss);
  });

  it('says what is wrong', () => {
    const message = (make: () => unknown) => {
      try {
        make();
      } catch (error) {
        return `${error}`;
      }
      return 'nothing';
    };
    const own = defineLoss({ name: 'mine', formula: (_o, x) => x });
    expect([
      message(() => JSON.stringify(own)),
      message(() => lossFrom('{')),
      message(() => lossFrom('[]')),
      message(() => lossFrom({ loss: 'focal' })),
      message(() => lossFrom({ loss: 'sigmoidFocal', gama: 2, alpha: 7 })),
      message(() => lossFrom(null as never)),
      message(() => lossFrom({ loss: 'constructor' })),
    ]).toMatchSnapshot();
  });

  it('has a schema, made of the family: `npm run schema -w @focal-loss/core` writes it', () => {
    expect(readFileSync(new URL('../loss.schema.json', import.meta.url), 'utf8')).toBe(format(schema));
    const valid = new Ajv2020().compile(schema);
    const read = (loss: Loss) => JSON.parse(JSON.stringify(loss));
    for (const make of makers) expect(valid(read(make()))).toBe(true);
    expect(valid(read(softmaxFocal({ alpha: [1, 2], normalizer: 'positives', background: 1 })))).toBe(true);
    expect(valid(read(sigmoidFocal({ alpha: [0.5, 0.25], reduction: 'example', labelSmoothing: 0.1 })))).toBe(true);
    expect(valid({ loss: 'sigmoidFocal', gamma: -1 })).toBe(false);
    expect(valid({ loss: 'sigmoidFocal', gama: 1 })).toBe(false);
    expect(valid({ loss: 'qualityFocal', alpha: 0.25 })).toBe(false);
    expect(valid({ loss: 'varifocal', detach: 1 })).toBe(false);
  });
});

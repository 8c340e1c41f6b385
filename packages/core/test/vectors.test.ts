import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Case } from '../oracle/case.ts';
import { takeForGranted } from '../oracle/evaluate.ts';
import { isFloat16 } from '../oracle/float16.ts';
import { generate } from '../oracle/generate.ts';

const folder = new URL('../vectors/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const names = readdirSync(folder).filter((name) => name !== 'schema.json');

const vectors = names.flatMap((name) => JSON.parse(read(name)).cases as Case[]);

describe('golden vectors', () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(read('schema.json')));

  it.each(names)('%s has the shape the schema says', (name) => {
    validate(JSON.parse(read(name)));
    expect(validate.errors).toBeNull();
  });

  // Two of three answers are taken for granted; `npm run vectors -w @focal-loss/core -- --check` takes none.
  it('are what the oracle writes, to the byte, a third of the answers worked out anew', { timeout: 300_000 }, () => {
    takeForGranted(vectors.filter((_, i) => i % 3 !== 0));
    const written = [...generate()];
    expect(written.map(([name]) => name).sort()).toEqual(names.sort());
    // Not toEqual, which would print a megabyte.
    expect(written.filter(([name, text]) => text !== read(name)).map(([name]) => name)).toEqual([]);
  });

  it('have ids of their own', () => {
    const ids = vectors.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it('ask every backend the same question: inputs are float16, where the clause does not need others', () => {
    const wider = ['values.huge', 'published'];
    const inexact = vectors
      .filter(({ clause }) => !wider.includes(clause))
      .filter(({ input }) =>
        [input?.logits, input?.targets, input?.weights].some((list) => list?.some((x) => !isFloat16(Number(x)))),
      );
    expect(inexact.map(({ id }) => id)).toEqual([]);
  });
});

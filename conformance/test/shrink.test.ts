/** A call at random that fails is made small before it is shown. */
import { reference } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { type Backend, conformanceReport } from '../src/index.ts';

/** The reference, which forgets something. */
const wrong = (name: string, forget: (call: Parameters<Backend['evaluate']>[0]) => boolean): Backend => ({
  name,
  dtype: 'float64',
  supports: {
    labelSmoothing: true,
    axis: true,
    rowTargets: true,
    broadcastWeights: true,
    classAlpha: true,
    examples: true,
  },
  evaluate({ loss, logits, targets, grad, shape, ...options }) {
    const made = reference(loss).valueAndGrad(logits, targets, { shape, ...options });
    const isOff = forget({ loss, logits, targets, grad, shape, ...options } as never);
    return isOff ? { ...made, grad: made.grad.map((g) => 1.01 * g) } : made;
  },
});

const told = async (backend: Backend, id: string) => {
  const { failures } = await conformanceReport(backend, { clauses: ['random', 'random.options'], case: id, seed: 7 });
  return failures.flatMap(({ messages }) => messages).filter((message) => message.startsWith('the smallest call'));
};

it('what is not needed for it is left out: one logit, one option', async () => {
  const [message] = await told(
    wrong('slope of smoothed labels', ({ loss }) => loss.labelSmoothing !== 0),
    'random.options/sigmoidFocal',
  );
  expect(message).toMatch(/labelSmoothing/);
  expect(message).not.toMatch(/alpha|weights|normalizer|ignoreIndex|mean/);
  expect(message).toMatch(/"logits":\[[^,\]]+\],"targets":\[[^,\]]+\]/);
});

it('rows stay whole', async () => {
  const [message] = await told(
    wrong('slope of every softmax', ({ loss }) => loss.link === 'softmax'),
    'random.options/softmaxFocal',
  );
  const [, logits] = /"logits":\[([^\]]+)\]/.exec(message) ?? [];
  const [, classes] = /"shape":\[.*?(\d+)\]/.exec(message) ?? [];
  expect(logits.split(',').length % Number(classes)).toBe(0);
  expect(message).not.toMatch(/weights|ignoreIndex|labelSmoothing/);
});

it('only the first failure of a check is made small', async () => {
  const all = await told(
    wrong('slope of everything', () => true),
    'random/sigmoidFocal/hard',
  );
  expect(all).toHaveLength(1);
});

it('the call that is printed can be made alone: it fails there, and passes where it is right', async () => {
  const backend = wrong('slope of weighted entries', (call) => call.weights !== undefined);
  const [message] = await told(backend, 'random.options/sigmoidFocal');
  const call = JSON.parse(message.slice(message.indexOf('{')));
  const { verdict, only, failures } = await conformanceReport(backend, { call });
  expect({ verdict, only, ids: failures.map(({ id }) => id) }).toEqual({
    verdict: 'fails',
    only: { call: JSON.stringify(call) },
    ids: ['call'],
  });
  expect(
    (
      await conformanceReport(
        wrong('nothing', () => false),
        { call },
      )
    ).verdict,
  ).toBe('passes');
});

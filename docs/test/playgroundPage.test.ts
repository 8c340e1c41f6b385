/** The playground of the built site (`npm run docs`) in a real browser: its views and controls. */
import * as core from '@focal-loss/core';
import { expect, it } from 'vitest';
import type { Result } from '../site/playground/curves.ts';
import type { Compared } from '../site/playground/sharesView.ts';
import { computed, holds, left, says, type Training, trained } from './playgroundVisit.ts';
import { faults, inChromium } from './visit.ts';

inChromium((visit) => {
  const at = (hash: string, options = {}) => visit.open(`playground.html${hash === '' ? '' : `#${hash}`}`, options);

  it('loads in under 200 kB, compressed as hosts do, before another adapter is chosen', async () => {
    const { page, problems, bytes, close } = await at('');
    await trained(page, "backend.startsWith('typed-array')");
    await page.waitForLoadState('networkidle');
    expect(bytes()).toBeGreaterThan(50_000);
    expect(bytes()).toBeLessThan(200_000);
    expect(problems).toEqual([]);
    await close();
  });

  it('opens with two detectors that learn, and cross-entropy’s gradient is that of easy points', async () => {
    const { page, problems, close } = await at('speed=16', { motion: true });
    await trained(page, 'steps > 100');
    await page.click('#train');
    expect(await page.textContent('#train')).toBe('Train');
    const { precisions, shares } = await left<Training>(page, 'training');
    for (const share of shares) expect(share.reduce((sum, one) => sum + one)).toBeCloseTo(1, 5);
    // Of what is at p_t ≥ 0.9, the loss that is named after focusing leaves little.
    expect(shares[0][9]).toBeGreaterThan(3 * shares[1][9]);
    for (const precision of precisions) expect(precision).toBeGreaterThan(0);
    expect(await page.locator('#plot-difficulty rect.bar').count()).toBe(20);
    expect(await page.locator('#plot-precision polyline').count()).toBe(3);
    await page.click('#train');
    await trained(page, 'steps === 1500');
    await says(page, 'train', /Train again/);
    await page.focus('#set-prior');
    await page.keyboard.press('ArrowLeft');
    await trained(page, 'steps < 1500');
    expect(page.url()).toContain('prior=0.2');
    expect(problems).toEqual([]);
    await close();
  });

  it('lets the text set what it speaks of', async () => {
    const { page, close } = await at('view=curves');
    await computed(page, 'backend');
    await page.click('[data-try="prior=0.01"]');
    await trained(page, 'steps > 0');
    expect(page.url()).toContain('prior=0.01');
    expect(await page.textContent('#set-prior-out')).toBe('0.01');
    expect(await page.isVisible('#view-training')).toBe(true);
    await close();
  });

  it('does not move on its own for readers who asked for less motion', async () => {
    const { page, close } = await at('');
    await trained(page, 'steps === 1');
    expect(await page.textContent('#train')).toBe('Train');
    await page.click('#train');
    await trained(page, 'steps > 1');
    await close();
  });

  it('works by keyboard, and shows what core says', async () => {
    const { page, problems, close } = await at('');
    await computed(page, 'state.params.gamma === 2');
    await holds(page, () => core.sigmoidFocal({ gamma: 2, reduction: 'none' }));
    await page.focus('#param-gamma');
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowLeft');
    await computed(page, 'state.params.gamma === 1.5');
    await holds(page, () => core.sigmoidFocal({ gamma: 1.5, reduction: 'none' }));
    await page.focus('#balanced');
    await page.keyboard.press('Space');
    await page.focus('#alpha');
    await page.keyboard.press('End');
    await computed(page, 'state.alpha === 1');
    await holds(page, () => core.sigmoidFocal({ gamma: 1.5, alpha: 1, reduction: 'none' }));
    await page.selectOption('#loss', 'sigmoidFocalStar');
    await page.focus('#param-beta');
    await page.keyboard.press('Home');
    await computed(page, "state.loss === 'sigmoidFocalStar' && state.params.beta === -5");
    // A loss just chosen begins at its own defaults; α, which is an option of every such loss, stays.
    await holds(page, () => core.sigmoidFocalStar({ gamma: 2, beta: -5, alpha: 1, reduction: 'none' }));
    await page.selectOption('#loss', 'qualityFocal');
    await page.focus('#tab-training');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.id')).toBe('tab-curves');
    await page.focus('#target');
    await page.keyboard.press('Home');
    await page.focus('#axis-logit');
    await page.keyboard.press('ArrowRight');
    await computed(page, "state.loss === 'qualityFocal' && state.target === 0 && state.axis === 'pt'");
    await holds(page, () => core.qualityFocal({ reduction: 'none' }));
    expect(problems).toEqual([]);
    await close();
  });

  it('reads out a point that is dragged, and the address brings it back', async () => {
    const { page, close } = await at('view=curves&axis=pt');
    await computed(page, 'backend');
    const box = await page.locator('#plot-loss').boundingBox();
    if (box === null) throw new Error('no plot');
    await page.mouse.move(box.x + box.width / 2, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + 60, { steps: 3 });
    await page.mouse.up();
    await computed(page, 'state.point < -0.5');
    const { state } = await left<Result>(page, 'result');
    expect(page.url()).toContain(`point=${state.point}`);
    await says(page, 'readout', /loss \d.*gradient −\d.*Cross-entropy/);
    const said = await page.textContent('#readout');
    await page.reload();
    await computed(page, `state.point === ${state.point}`);
    expect(await page.textContent('#readout')).toBe(said);
    await holds(page, () => core.sigmoidFocal({ gamma: 2, reduction: 'none' }));
    await close();
  });

  it('keeps the plots in view on a phone while a slider is moved', async () => {
    for (const [view, slider, plot] of [
      ['training', '#set-speed', '#plot-precision'],
      ['curves', '#target', '#plot-grad'],
    ]) {
      const { page, close } = await visit.open(`playground.html#view=${view}`, { width: 375 });
      await page.setViewportSize({ width: 375, height: 667 });
      await computed(page, 'backend');
      await page.locator(slider).scrollIntoViewIfNeeded();
      await page.focus(slider);
      const [moved, seen] = await Promise.all([page.locator(slider).boundingBox(), page.locator(plot).boundingBox()]);
      if (moved === null || seen === null) throw new Error('not shown');
      expect(seen.y).toBeGreaterThanOrEqual(0);
      expect(moved.y).toBeGreaterThanOrEqual(seen.y + seen.height);
      expect(moved.y + moved.height).toBeLessThanOrEqual(667);
      await close();
    }
  });

  it.each(['curves&axis=pt', 'shares'])('has no fault axe calls serious in its view %s', async (view) => {
    const { page, problems, close } = await visit.open(`playground.html#view=${view}`, { width: 375 });
    await computed(page, 'backend');
    await page.waitForSelector('.view:not([hidden]) svg');
    expect(await faults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await faults(page, { runOnly: ['color-contrast'] })).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    expect(problems).toEqual([]);
    await close();
  });

  it('takes logits and labels of the reader’s own, and says which line is none', async () => {
    const { page, problems, close } = await at('');
    await computed(page, 'backend');
    const give = (text: string) =>
      page.setInputFiles('#file', { name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await give('logit,label\n-3,0\n-1,0\n2,1\n');
    await says(page, 'shares', /^3 logits: mine\.csv/);
    const { own, reference } = await left<Compared>(page, 'shares');
    const truth = (make: core.Loss) => core.reference(make).valueAndGrad([-3, -1, 2], [0, 0, 1]).value as Float64Array;
    for (const [shares, loss] of [
      [own, core.sigmoidFocal({ gamma: 2, reduction: 'none' })],
      [reference, core.sigmoidCrossEntropy({ reduction: 'none' })],
    ] as const) {
      const [a, b, c] = truth(loss);
      expect(shares.negatives[1][1]).toBeCloseTo(a / (a + b), 5);
      expect(shares.positive).toBeCloseTo(c / (a + b + c), 5);
    }
    await give('1,0\n2,7\n');
    await says(page, 'file-status', /Line 2/);
    await page.click('#file-back');
    await says(page, 'shares', /face detector/);
    // Dropped anywhere, in any view.
    await page.click('#tab-training');
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File(['-3;0\\n4;1'], 'dropped.csv'));
      document.querySelector('#tab-curves').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    })()`);
    await says(page, 'shares', /^2 logits: dropped\.csv/);
    expect(problems).toEqual([]);
    await close();
  });
});

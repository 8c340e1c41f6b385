/** The page around the playground's program. Without the program it says what it would do. */
import { letterOf, nameOf } from './members.ts';
import type { Package } from './packages.ts';
import { first, losses, parameterNames, parameters, type Range, rangeOf, sliderOf } from './playground/family.ts';
import { initial, reach, steps, type View } from './playground/state.ts';
import { rate } from './playground/training/adam.ts';
import { hidden } from './playground/training/perceptron.ts';
import { learning } from './playground/training/setup.ts';
import { playable } from './playground.ts';
import type { Content } from './template.ts';

const slider = (name: string, label: string, { min, max, step }: Range, value: number) =>
  `<div class="slider"><label for="${name}">${label}</label><input type="range" id="${name}" min="${min}" max="${max}" step="${step}" value="${value}"><output for="${name}" id="${name}-out">${value}</output></div>`;

/** `γ positive` of a parameter called gammaPositive. */
const labelOf = (parameter: string) => {
  const [first, ...others] = parameter.split(/(?=[A-Z])/);
  return [letterOf(first), ...others.map((word) => word.toLowerCase())].join(' ').replace('iou', 'IoU');
};

/** What α and targets can be set to. */
const unit: Range = { min: 0, max: 1, step: 0.05 };

/** A slider through the places of a list. */
const listed = (name: keyof typeof steps, label: string) => {
  const list: readonly number[] = steps[name];
  return slider(`set-${name}`, label, { min: 0, max: list.length - 1, step: 1 }, list.indexOf(initial[name]));
};

const check = (id: string, label: string, more = '') =>
  `<div class="check"><input type="checkbox" id="${id}"${more}><label for="${id}">${label}</label></div>`;

const choice = (group: string, legend: string, among: Readonly<Record<string, string>>) =>
  `<fieldset class="choice"><legend>${legend}</legend>${Object.entries(among)
    .map(
      ([name, label]) =>
        `<label><input type="radio" name="${group}" id="${group}-${name}" value="${name}"> ${label}</label>`,
    )
    .join('')}</fieldset>`;

const plot = (id: string, caption: string) =>
  `<figure><figcaption>${caption}</figcaption><div class="plot" id="plot-${id}"></div></figure>`;

const field = (id: string, name: string) =>
  `<figure><figcaption><span class="key ${id}"></span>${name}<span class="precision"><i> · AP</i> <b id="precision-${id}">–</b></span></figcaption><canvas class="field" id="field-${id}" role="img" aria-label="Where the detector trained with ${name} sees objects"></canvas></figure>`;

const button = (id: string, label: string, more = '') => `<button type="button" id="${id}"${more}>${label}</button>`;

/** A button that sets something that the text speaks of. */
const attempt = (words: string, label: string) =>
  `<button type="button" class="try" data-try="${words}">${label}</button>`;

/** What each view shows. */
const views: Readonly<Record<View, { readonly tab: string; readonly html: string }>> = {
  training: {
    tab: 'Training',
    html: `<div class="plots">
${field('reference', 'cross-entropy')}
${field('own', 'this loss')}
${plot('difficulty', 'Share of the gradient')}
${plot('precision', 'Average precision')}
</div>
<p class="transport">${button('train', 'Train')}${button('restart', 'Restart')}${button('other-points', 'Other points')}<span id="training-status"></span></p>
<p class="said" id="easy"></p>`,
  },
  curves: {
    tab: 'Curves',
    html: `<div class="plots two">
${plot('loss', 'Loss of one logit')}
${plot('grad', 'Its gradient')}
</div>
<p class="said"><output id="readout" for="point"></output></p>`,
  },
  shares: {
    tab: 'Shares',
    html: `<div class="plots two">
${plot('negatives', 'Share among negatives')}
${plot('positives', 'Share among positives')}
</div>
<p class="said" id="shares"></p>`,
  },
};

const tabs = Object.entries(views)
  .map(([view, { tab }]) =>
    button(`tab-${view}`, tab, ` role="tab" aria-controls="view-${view}" aria-selected="${view === initial.view}"`),
  )
  .join('');

const panels = Object.entries(views)
  .map(
    ([view, { html }]) =>
      `<div class="view" id="view-${view}" role="tabpanel" aria-labelledby="tab-${view}"${view === initial.view ? '' : ' hidden'}>\n${html}\n</div>`,
  )
  .join('\n');

/** The playground with a choice of the adapters that could be bundled. */
export function playgroundPage(all: readonly Package[]): Content {
  const options = playable(all)
    .map(({ key, name }) => `<option value="${key}"${key === initial.adapter ? ' selected' : ''}>${name}</option>`)
    .join('');
  const choices = losses
    .map(
      ({ name, member }) =>
        `<option value="${name}"${name === first.name ? ' selected' : ''}>${nameOf(member.key)}</option>`,
    )
    .join('');
  const sliders = parameterNames
    .map((name) => slider(sliderOf(name), labelOf(name), rangeOf(parameters[name]), parameters[name].default))
    .join('\n');
  const html = `<h1>Playground</h1>
<noscript><p>This page is a program: it needs JavaScript.</p></noscript>
<p>Two tiny detectors learn here from the same points: one with cross-entropy, one with the loss you choose.</p>
<div id="playground">
<div class="bench">
<div class="stage">
<div class="view-tabs" role="tablist" aria-label="What to look at">${tabs}</div>
<div id="views">
${panels}
</div>
<p class="legend"><span><span class="key own"></span><span id="own-name">this loss</span></span><span><span class="key reference"></span>cross-entropy</span><span data-view="curves" hidden><span id="figure-1"><span class="key ghost"></span>Figure 1: γ = 0, ½, 1, 2, 5</span></span><span data-view="training"><span class="key object"></span>objects</span><span data-view="training"><span class="key previous"></span>run before</span></p>
<p class="notice"><span id="status" role="status">Loading …</span> <span id="took"></span><span id="problem" class="problem" role="alert" hidden></span>${button('action', '', ' hidden')}</p>
</div>
<form class="controls" id="controls" aria-label="Loss and adapter">
<div class="field-of"><label for="loss">Loss</label><select id="loss">${choices}</select></div>
${sliders}
${check('balanced', 'α-balanced')}
${slider('alpha', 'α', unit, 0.25)}
<div class="group" data-view="training">
${listed('imbalance', 'imbalance')}
${listed('prior', 'prior π')}
${listed('speed', 'steps/frame')}
</div>
<div class="group" data-view="curves" hidden>
${slider('point', 'logit x', { min: -reach, max: reach, step: 0.1 }, initial.point)}
${slider('target', 'target y', unit, initial.target)}
${choice('axis', 'Axis', { logit: 'logit', pt: 'p<sub>t</sub>' })}
${check('ghosts', 'Figure 1 behind', ' checked')}
</div>
<div class="group" data-view="shares" hidden>
${choice('of', 'Share of the', { loss: 'loss', gradient: 'gradient' })}
<div class="field-of"><label for="file">Your own logits and labels (CSV)</label><input type="file" id="file" accept=".csv,.tsv,.txt,text/csv,text/plain" aria-describedby="file-note"></div>
<p id="file-note">A line each, as in <code>-2.31,0</code>. Or drop the file anywhere here. It stays in this page.</p>
<p id="file-status" role="status"></p>
${button('file-back', 'Back to the detector', ' hidden')}
</div>
<div class="field-of"><label for="adapter">Computed by</label><select id="adapter">${options}</select></div>
</form>
</div>
<p>Everything here is computed in your browser, by the adapter you choose. Nothing is sent anywhere, and the address always says what you see, so that you can send it to somebody else.</p>
<h2 id="watch">What to look for in the training</h2>
<p>Two detectors learn from the same ${learning.toLocaleString('en')} points, one with cross-entropy, one with the loss you choose. Both are tiny (two inputs, ${hidden} hidden units, one logit), begin with the same parameters and take the same steps: Adam, at a rate of ${rate}, the loss divided by the number of objects. The shade is the probability of an object, the line is where it is ½. Average precision (AP) is measured on other points of the same kind.</p>
<ul>
<li><b>Who makes the gradient?</b> The bars on the right are the points that the model already has right. For each object there are a hundred points of background, and together the easy ones pull hard on cross-entropy. With γ = 2 almost nothing is left of them. ${attempt('gamma=5', 'γ = 5')} ${attempt('gamma=0', 'γ = 0, which is cross-entropy')}</li>
<li><b>No prior bias.</b> The page opens with π = ${initial.prior}: a new model finds everything half likely. The background drowns the objects at first, and cross-entropy falls behind. ${attempt('imbalance=300', '1 : 300')} ${attempt('imbalance=1', '1 : 1')}</li>
<li><b>With the prior bias of the paper</b>, π = 0.01, cross-entropy catches up; on a problem as small as this it often wins. What a focal loss adds to it shows with a large network and a hundred thousand anchors an image, as the paper reports. ${attempt('prior=0.01', 'π = 0.01')} ${attempt('prior=0.5', 'π = 0.5')}</li>
<li><b>Other points</b> may tell another story: try some before you believe one.</li>
</ul>
<p>With <code>@focal-loss/webgpu</code> all of this is on your GPU: points, models, losses and steps. Steps are recorded with <code>encode</code>, and none waits for a number. Only what is drawn is copied out. With the other adapters the models live in JavaScript; the adapter gets the logits and answers with their slopes.</p>
<h2 id="numbers">Numbers</h2>
<p>Some logits at the target y of the curves.</p>
<div class="scroll" tabindex="0" role="group" aria-label="table"><table id="table"><thead><tr><th scope="col">logit x</th><th scope="col">σ(x)</th><th scope="col">loss</th><th scope="col">gradient</th><th scope="col">cross-entropy</th></tr></thead><tbody></tbody></table></div>
<h2 id="conformance">How right is it here?</h2>
<p>Runs the conformance suite in this browser, on the adapter chosen above, against golden vectors in at least 70-digit arithmetic.</p>
<p>${button('run-conformance', 'Run the conformance suite', ' disabled')}</p>
<p id="conformance-status" role="status"></p>
<div id="conformance-result"></div>
<h2 id="speed">How fast is it here?</h2>
<p>Value and gradient of the focal loss of 262,144 float32 logits: the adapter, arrays in and arrays out, beside a loop by hand that computes the usual formula. Medians of rounds in turns; the ratio is that within a round.</p>
<p>${button('run-benchmark', 'Run the benchmark', ' disabled')}</p>
<p id="benchmark-status" role="status"></p>
<div id="benchmark-result"></div>
</div>`;
  return {
    file: 'playground.html',
    title: 'Playground',
    description:
      'Two tiny detectors learn in your browser, with cross-entropy and with the loss you choose. Drag γ, α, imbalance and prior, and see what changes.',
    html,
    headings: [],
    head: '<link rel="stylesheet" href="{root}assets/playground.css">\n<script type="module" src="{root}playground/main.js"></script>',
  };
}

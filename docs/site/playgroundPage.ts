/** The page around the playground's program. Without the program it says what it would do. */
import { letterOf, nameOf } from './members.ts';
import type { Package } from './packages.ts';
import { first, losses, parameterNames, parameters, type Range, rangeOf, sliderOf } from './playground/family.ts';
import { playable } from './playground.ts';
import type { Content } from './template.ts';

const slider = (name: string, label: string, { min, max, step }: Range, value: number) =>
  `<div class="slider"><label for="${name}">${label}</label><input type="range" id="${name}" min="${min}" max="${max}" step="${step}" value="${value}"><output for="${name}" id="${name}-out">${value}</output></div>`;

/** What α and targets can be set to. */
const unit: Range = { min: 0, max: 1, step: 0.05 };

/** The playground with a choice of the adapters that could be bundled. */
export function playgroundPage(all: readonly Package[]): Content {
  const options = playable(all)
    .map(({ key, name }) => `<option value="${key}"${key === 'typed-array' ? ' selected' : ''}>${name}</option>`)
    .join('');
  const choices = losses
    .map(
      ({ name, member }) =>
        `<option value="${name}"${name === first.name ? ' selected' : ''}>${nameOf(member.key)}</option>`,
    )
    .join('');
  const sliders = parameterNames
    .map((name) => slider(sliderOf(name), letterOf(name), rangeOf(parameters[name]), parameters[name].default))
    .join('\n');
  const html = `<h1>Playground</h1>
<p>Everything here is computed in your browser by the adapter you choose, while you drag. Nothing is sent anywhere.</p>
<noscript><p>This page is a program: it needs JavaScript.</p></noscript>
<div id="playground">
<form class="controls" aria-label="Loss and adapter">
<div class="field"><label for="loss">Loss</label><select id="loss">${choices}</select></div>
<div class="field"><label for="adapter">Computed by</label><select id="adapter">${options}</select></div>
${sliders}
${slider('alpha', 'α', unit, 0.25)}
<div class="check"><input type="checkbox" id="balanced"><label for="balanced">α-balanced</label></div>
${slider('target', 'target y', unit, 1)}
</form>
<p id="status" role="status">Loading …</p>
<div class="plots">
<figure><figcaption>Loss of one logit</figcaption><div class="plot" id="plot-loss"></div></figure>
<figure><figcaption>Its gradient</figcaption><div class="plot" id="plot-grad"></div></figure>
<figure><figcaption>Share of the loss, easiest anchors first</figcaption><div class="plot" id="plot-share"></div></figure>
</div>
<p class="legend"><span class="key own"></span><span id="own-name">this loss</span> <span class="key reference"></span>cross-entropy <span class="key positives"></span>positives</p>
<p>The last plot is a pretrained face detector's own logits for one photograph. <span id="shares"></span></p>
<h2 id="numbers">Numbers</h2>
<div class="scroll" tabindex="0" role="group" aria-label="table"><table id="table"><thead><tr><th scope="col">logit x</th><th scope="col">σ(x)</th><th scope="col">loss</th><th scope="col">gradient</th><th scope="col">cross-entropy</th></tr></thead><tbody></tbody></table></div>
<h2 id="conformance">How right is it here?</h2>
<p>Runs the conformance suite in this browser, on the adapter chosen above, against golden vectors in at least 70-digit arithmetic.</p>
<p><button type="button" id="run-conformance" disabled>Run the conformance suite</button></p>
<p id="conformance-status" role="status"></p>
<div id="conformance-result"></div>
<h2 id="speed">How fast is it here?</h2>
<p>Value and gradient of the focal loss of 262,144 float32 logits: the adapter, arrays in and arrays out, beside a loop by hand that computes the usual formula. Medians of rounds in turns; the ratio is that within a round.</p>
<p><button type="button" id="run-benchmark" disabled>Run the benchmark</button></p>
<p id="benchmark-status" role="status"></p>
<div id="benchmark-result"></div>
</div>`;
  return {
    file: 'playground.html',
    title: 'Playground',
    description:
      'Drag γ, α and β, and watch loss, gradient and the share of easy examples, computed by the adapter you choose.',
    html,
    headings: [],
    head: '<link rel="stylesheet" href="{root}assets/playground.css">\n<script type="module" src="{root}playground/main.js"></script>',
  };
}

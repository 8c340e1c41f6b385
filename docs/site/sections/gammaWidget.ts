/** The sliders of "Focal loss explained" as they are before their program has run: hidden, for without it they do nothing. */

const words = {
  en: {
    title: 'Drag γ and α: who takes the loss, and who the gradient',
    loss: 'loss',
    gradient: 'gradient',
    groups: ['easy negatives', 'hard negatives', 'positives'],
  },
  zh: {
    title: '拖动 γ 和 α：谁占有损失，谁占有梯度',
    loss: '损失',
    gradient: '梯度',
    groups: ['易分负样本', '难分负样本', '正样本'],
  },
} as const;

const classes = ['easy', 'hard', 'positive'] as const;

/** One block of HTML, without a blank line in it, so that it can stand in Markdown. */
export function gammaWidget(language: keyof typeof words): string {
  const { title, loss, gradient, groups } = words[language];
  const slider = (name: string, letter: string, range: string) =>
    `<div class="slider"><label for="widget-${name}">${letter}</label><input type="range" id="widget-${name}" name="${name}" ${range}><output for="widget-${name}"></output></div>`;
  const bar = (part: string, name: string) =>
    `<div data-part="${part}"><strong>${name}</strong><div class="bar" aria-hidden="true">${classes
      .map((one) => `<i class="${one}"></i>`)
      .join('')}</div><div class="legend">${classes
      .map((one, i) => `<span class="${one}">${groups[i]} <output></output></span>`)
      .join(' ')}</div></div>`;
  return `<div class="widget" data-widget="gamma" role="group" aria-label="${title}" hidden>
<p><strong>${title}</strong></p>
${slider('gamma', 'γ', 'min="0" max="5" step="0.1" value="0"')}
${slider('alpha', 'α', 'min="0.05" max="0.95" step="0.05" value="0.5"')}
${bar('loss', loss)}
${bar('gradient', gradient)}
</div>`;
}

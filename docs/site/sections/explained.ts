/** The tables of "Focal loss explained", for each language it is written in. */
import { rows, shareOfGroups } from '../../examples/real-input/shares.ts';
import { table } from '../../readme/table.ts';

/** What the tables say, in English and in Chinese. */
const words = {
  en: {
    loss: 'loss',
    group: '$p_t$ of the negative',
    count: 'anchors',
    ofLoss: 'share of the cross-entropy',
    ofGradient: 'share of its gradient',
    positives: 'positives',
    columns: ['easy negatives, loss', 'easy negatives, gradient', 'positives, loss', 'positives, gradient'],
    names: { 'cross-entropy': 'cross-entropy', 'α-balanced': 'α-balanced', focal: 'focal' },
  },
  zh: {
    loss: '损失函数',
    group: '负样本的 $p_t$',
    count: '锚框数',
    ofLoss: '占交叉熵的比例',
    ofGradient: '占梯度的比例',
    positives: '正样本',
    columns: ['易分负样本，损失', '易分负样本，梯度', '正样本，损失', '正样本，梯度'],
    names: { 'cross-entropy': '交叉熵', 'α-balanced': 'α 平衡交叉熵', focal: '焦点损失' },
  },
} as const;

type Language = keyof typeof words;

/** Negatives by how sure the detector is of them, and who takes cross-entropy and its gradient. */
export function difficulty(language: Language): string {
  const { group, count, ofLoss, ofGradient, positives } = words[language];
  return table(
    shareOfGroups.map((row) => ({
      [group]: row.group === 'positives' ? positives : row.group,
      [count]: row.count,
      [ofLoss]: row.loss,
      [ofGradient]: row.gradient,
    })),
  );
}

/** Who takes loss and gradient under each loss. */
export function whoTakes(language: Language): string {
  const { loss, columns, names } = words[language];
  const english = words.en.columns;
  return table(
    rows.map((row) => ({
      [loss]: row.loss
        .replace(/^[^,]*/, (name) => names[name as keyof typeof names])
        .replace(/, /g, language === 'zh' ? '，' : ', '),
      ...Object.fromEntries(columns.map((column, i) => [column, row[english[i]]])),
    })),
  );
}

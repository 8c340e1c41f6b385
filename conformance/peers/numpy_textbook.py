"""Focal loss as the paper prints it: p, p_t, a power and a logarithm, in NumPy's float64."""

import numpy as np
from process import serve


def answer(logits, targets, gamma, alpha, reduction):
    x, y = np.array(logits), np.array(targets)
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-x))
        p_t = p * y + (1 - p) * (1 - y)
        a_t = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
        value = a_t * (1 - p_t) ** gamma * -np.log(p_t)
        slope = gamma * (1 - p_t) ** (gamma - 1) * np.log(p_t) - (1 - p_t) ** gamma / p_t
        grad = a_t * slope * (2 * y - 1) * p * (1 - p)
    if reduction == "none":
        return value.tolist(), grad.tolist()
    if reduction == "sum":
        return float(value.sum()), grad.tolist()
    return float(value.mean()) if x.size else float("nan"), (grad / max(x.size, 1)).tolist()


serve("NumPy, the textbook formula", "float64", ["numpy"], lambda: answer)

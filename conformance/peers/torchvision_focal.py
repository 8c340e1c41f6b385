"""torchvision.ops.sigmoid_focal_loss, float32, its gradient by autograd. An alpha of -1 is its word for none."""

import os
import sys

from process import serve


def load():
    import torch

    if "IMPORT_FIRST" in os.environ:  # Some wheels need help to be imported where their C++ library does not load.
        sys.path.insert(0, os.path.dirname(os.environ["IMPORT_FIRST"]))
        __import__(os.path.basename(os.environ["IMPORT_FIRST"]).removesuffix(".py"))
    from torchvision.ops import sigmoid_focal_loss

    def answer(logits, targets, gamma, alpha, reduction):
        x = torch.tensor(logits, dtype=torch.float32, requires_grad=True)
        y = torch.tensor(targets, dtype=torch.float32)
        value = sigmoid_focal_loss(x, y, alpha=-1 if alpha is None else alpha, gamma=gamma, reduction=reduction)
        (grad,) = torch.autograd.grad(value.sum(), x)
        return value.detach().tolist(), grad.tolist()

    return answer


serve("torchvision", "float32", ["torchvision", "torch"], load)

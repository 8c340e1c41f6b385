"""keras.losses.BinaryFocalCrossentropy from logits, float32, on PyTorch. It averages over the last axis, which here has one entry."""

import os

from process import serve

reductions = {"none": "none", "sum": "sum", "mean": "sum_over_batch_size"}


def load():
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import torch

    def answer(logits, targets, gamma, alpha, reduction):
        x = torch.tensor(logits, dtype=torch.float32, requires_grad=True)
        y = torch.tensor(targets, dtype=torch.float32)
        balanced = {} if alpha is None else {"apply_class_balancing": True, "alpha": alpha}
        loss = keras.losses.BinaryFocalCrossentropy(
            gamma=gamma, from_logits=True, reduction=reductions[reduction], **balanced
        )
        value = loss(y[:, None], x[:, None])
        (grad,) = torch.autograd.grad(value.sum(), x)
        return value.detach().tolist(), grad.tolist()

    return answer


serve("Keras", "float32", ["keras", "torch"], load)

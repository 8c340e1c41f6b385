"""Trains LightGBM with a focal loss from an ONNX file: gradient and Hessian come from ONNX Runtime, nothing else is needed.

    npx focal-onnx --loss sigmoidFocal --gamma 2 --reduction none --grad --hess --dtype float64 -o focal.onnx
    pip install lightgbm onnxruntime numpy
    python3 train.py focal.onnx
"""
import sys

import lightgbm
import numpy as np
import onnxruntime

loss = onnxruntime.InferenceSession(sys.argv[1])


def derivatives(margins, labels):
    """First and second derivatives by the raw scores. Negative curvature is raised to p(1 - p)|g|, as `objective` does."""
    grad, hess = loss.run(["grad", "hess"], {"logits": margins, "targets": labels})
    p = 1 / (1 + np.exp(-np.abs(margins)))
    return grad, np.maximum(hess, p * (1 - p) * np.abs(grad))


def objective(margins, data):
    return derivatives(margins, data.get_label().astype(np.float64))


def initial_score(labels):
    """Where the slopes of all labels add up to nothing. It is not log(n1 / n0), but for cross-entropy."""
    low, high = -60.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        grad, _ = derivatives(np.full_like(labels, middle), labels)
        low, high = (middle, high) if grad.sum() < 0 else (low, middle)
    return (low + high) / 2


def average_precision(scores, labels):
    order = np.argsort(-scores)
    hits = labels[order]
    return float((np.cumsum(hits) / (1 + np.arange(len(hits))) * hits).sum() / hits.sum())


rng = np.random.default_rng(7)


def draw(count):
    """Three positives in a hundred: on a ring, where no single feature tells it."""
    x = rng.normal(size=(count, 6))
    radius = np.hypot(x[:, 0], x[:, 1])
    chance = np.where(np.abs(radius - 2.2) < 0.12, 0.6, 0.002)
    return x, (rng.random(count) < chance).astype(np.float64)


(x, y), (x_test, y_test) = draw(20_000), draw(10_000)
start = initial_score(y)
train = lightgbm.Dataset(x, y, init_score=np.full(len(y), start))
settings = {"objective": objective, "num_leaves": 15, "learning_rate": 0.1, "verbose": -1, "seed": 1, "num_threads": 1}
model = lightgbm.train(settings, train, num_boost_round=60)
scores = model.predict(x_test) + start
grad, hess = derivatives(scores, y_test)
print(f"positives {y.mean():.4f}, initial score {start:.4f}")
print(f"average precision {average_precision(scores, y_test):.3f}, of chance {y_test.mean():.3f}")
print(f"all derivatives finite: {bool(np.isfinite(grad).all() and np.isfinite(hess).all())}, least Hessian > 0: {bool(hess.min() > 0)}")

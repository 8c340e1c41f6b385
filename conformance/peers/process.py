"""What the peers here share: the lines of JSON that PROCESS.md describes. A peer is a function of its own, and nothing else."""

import importlib.metadata
import json
import math
import sys


def words(value):
    """Numbers, with the words that JSON needs for NaN and the infinities."""
    if isinstance(value, list):
        return [words(one) for one in value]
    return value if math.isfinite(value) else ("NaN" if value != value else "Infinity" if value > 0 else "-Infinity")


def serve(name, dtype, packages, load, **supports):
    """Answers calls until there are none.

    load() imports what it takes, after the first line is said, and gives a function answer.
    answer(logits, targets, gamma, alpha, reduction) gives value and gradient as lists or a number; alpha may be None, and cross-entropy
    comes as gamma = 0. What is no
    option of a peer is not asked of it: weights, ignored entries and denominators are the caller's business there.
    """
    versions = {package: importlib.metadata.version(package) for package in packages}
    lacks = ["softmax", "weights", "ignoreIndex", "normalizer", "customLoss"]
    told = {"losses": ["sigmoidFocal"], **{feature: False for feature in lacks}, **supports}
    spelled = ", ".join(f"{package} {version}" for package, version in versions.items())
    line = {"name": f"{name} ({spelled})", "dtype": dtype, "supports": told, "largest": 10_000}
    print(json.dumps(line), flush=True)
    answer = load()
    for text in sys.stdin:
        call = json.loads(text)
        loss = call["loss"]
        x, y = ([float(number) for number in call[field]] for field in ("logits", "targets"))
        try:
            value, grad = answer(x, y, loss["params"].get("gamma", 0), loss.get("alpha"), loss["reduction"])
            made = {"id": call["id"], "value": words(value), "grad": words(grad)}
        except Exception as error:  # What a peer refuses, it says.
            made = {"id": call["id"], "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(made), flush=True)

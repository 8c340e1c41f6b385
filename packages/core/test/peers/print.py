"""Prints what a peer's own code gives, as JSON: python print.py PEER [SOURCE] > PEER.json

PEER is a function below. Those that take SOURCE are run from a checkout of their repository, the others from an installed
package (transformers also wants scipy and pillow). Values and gradients of single logits, in float64 and float32, and of one
batch as the peer reduces it.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import math
import os
import subprocess
import sys
import types
from pathlib import Path

LOGITS = [-30.0, -20.0, -12.0, -8.0, -3.0, -1.0, -0.25, 0.0, 0.5, 2.0, 5.0, 8.0, 12.0, 20.0, 30.0]
HARD = [0.0, 1.0]
SOFT = [0.0, 0.3, 0.9, 1.0]
MISSED = [-3.0, 0.5, 5.0]
HEATS = [0.0, 0.5, 0.999, 1.0]
BATCH = [[2.0, -1.0], [-3.0, 0.5], [-2.0, -4.0], [0.25, -1.5], [5.0, -6.0], [-0.5, 1.0]]
# The first class of the first row, the second of the fourth; matched with these qualities.
MATCHES = [(0, 0, 0.75), (3, 1, 0.5), (4, 0, 1.0)]


# What a checkout imports and the loss does not need.


class Stub(types.ModuleType):
    """Has every attribute; called with a function or class, as a decorator, it gives that back."""

    def __init__(self, name="stub"):
        super().__init__(name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(name)

    def __call__(self, *args, **named):
        decorates = len(args) == 1 and not named and callable(args[0]) and not isinstance(args[0], Stub)
        return args[0] if decorates else Stub()


def load(root, module, without=()):
    """A module of a checkout, without running the packages it lies in, and with stubs for the modules named."""
    for name in without:
        sys.modules[name] = Stub(name)
    parts = module.split(".")
    for end in range(1, len(parts)):
        name = ".".join(parts[:end])
        package = types.ModuleType(name)
        package.__path__ = [str(Path(root, *parts[:end]))]
        sys.modules.setdefault(name, package)
    return importlib.import_module(module)


def without_torchvision():
    """Of torchvision, the checkouts use one function; its C++ library loads with some versions of PyTorch only."""
    for name in ["torchvision", "torchvision.ops", "torchvision.ops.boxes"]:
        sys.modules[name] = Stub(name)
    sys.modules["torchvision.ops.boxes"].box_area = lambda b: (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])


def versions(*packages):
    return {name: importlib.metadata.version(name) for name in packages}


def commit(source):
    """Of a checkout; an unpacked archive says it in a file called COMMIT."""
    noted = Path(source, "COMMIT")
    if noted.exists():
        return noted.read_text().strip()
    return subprocess.check_output(["git", "-C", source, "rev-parse", "HEAD"], text=True).strip()


# Calls of PyTorch code.


def torch_call(loss, logits, dtype):
    """Value and gradient of the sum of what `loss` makes of a tensor."""
    import torch

    x = torch.tensor(logits, dtype=getattr(torch, dtype), requires_grad=True)
    value = loss(x)
    value.sum().backward()
    return value.detach(), x.grad


def number(a):
    """JSON has no ∞ and no NaN: those are texts."""
    return float(a) if math.isfinite(a) else {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(float(a))]


def pairs(targets):
    return [(x, y) for y in targets for x in LOGITS]


def singles(call, targets, dtypes=("float64", "float32")):
    """Each logit with each target on its own. `call(x, y, dtype)` gives value and derivative."""
    made = {"logits": [x for x, _ in pairs(targets)], "targets": [y for _, y in pairs(targets)]}
    for dtype in dtypes:
        figures = [call(x, y, dtype) for x, y in pairs(targets)]
        made[dtype] = {"value": [number(v) for v, _ in figures], "grad": [number(g) for _, g in figures]}
    return made


def batch(value, grad, targets, logits=BATCH, **call):
    flat = lambda rows: [float(a) for row in rows for a in (row if hasattr(row, "__len__") else [row])]
    return {
        "logits": flat(logits),
        "targets": flat(targets),
        "shape": [len(logits), len(logits[0])],
        **({"call": call} if call else {}),
        "value": value.reshape(-1).tolist() if getattr(value, "ndim", 0) else float(value),
        "grad": flat(grad.tolist()),
    }


def labels(matches=MATCHES, hard=False):
    rows = [[0.0] * len(row) for row in BATCH]
    for row, column, quality in matches:
        rows[row][column] = 1.0 if hard else quality
    return rows


def elementwise(function, targets=SOFT, **options):
    """Of a function (logits, targets) of two tensors of one shape."""
    import torch

    def call(x, y, dtype):
        return torch_call(lambda z: function(z, torch.tensor([y], dtype=z.dtype), **options), [x], dtype)

    return singles(call, targets)


# The peers.


def torchvision():
    try:
        import torchvision  # noqa: F401
    except (RuntimeError, ImportError, AttributeError):
        # A wheel whose C++ library does not load still has the loss, which is Python.
        root = Path(importlib.util.find_spec("torchvision").origin).parent
        function = load(root.parent, "torchvision.ops.focal_loss", ["torchvision.utils"]).sigmoid_focal_loss
    else:
        from torchvision.ops import sigmoid_focal_loss as function
    import torch

    targets = labels()
    value, grad = torch_call(lambda x: function(x, torch.tensor(targets, dtype=x.dtype)), BATCH, "float64")
    yield {
        "preset": "torchvision",
        "peer": "torchvision.ops.sigmoid_focal_loss",
        "versions": versions("torchvision", "torch"),
        "singles": elementwise(function),
        "batch": batch(value, grad, targets),
    }


def keras():
    os.environ["KERAS_BACKEND"] = "torch"
    import keras as k
    import torch

    def class_of(name, **options):
        return getattr(k.losses, name)(from_logits=True, **options)

    def call(x, y, dtype):
        k.backend.set_floatx(dtype)
        loss = class_of("BinaryFocalCrossentropy", reduction=None, dtype=dtype)
        return torch_call(lambda z: loss(torch.tensor([[y]], dtype=z.dtype), z), [[x]], dtype)

    binary = singles(call, SOFT)
    k.backend.set_floatx("float64")
    targets = labels()
    loss = class_of("BinaryFocalCrossentropy", dtype="float64")
    value, grad = torch_call(lambda x: loss(torch.tensor(targets, dtype=x.dtype), x), BATCH, "float64")
    yield {
        "preset": "kerasBinary",
        "peer": "keras.losses.BinaryFocalCrossentropy(from_logits=True)",
        "versions": versions("keras", "torch"),
        "singles": binary,
        "batch": batch(value, grad, targets),
    }
    rows = [[2.0, -1.0, 0.5], [-3.0, 0.5, 1.0], [-2.0, -4.0, 3.0], [0.25, -1.5, -8.0], [12.0, 0.0, 3.0]]
    ways = [[1, 0, 0], [0, 1, 0], [0.2, 0.3, 0.5], [0.1, 0.9, 0], [0, 0, 1]]
    loss = class_of("CategoricalFocalCrossentropy", dtype="float64")
    value, grad = torch_call(lambda x: loss(torch.tensor(ways, dtype=x.dtype), x), rows, "float64")
    yield {
        "preset": "kerasCategorical",
        "classes": 3,
        "peer": "keras.losses.CategoricalFocalCrossentropy(from_logits=True)",
        "versions": versions("keras", "torch"),
        "batch": batch(value, grad, ways, rows),
    }


def optax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from optax.losses import sigmoid_focal_loss as function

    derivative = jax.value_and_grad(lambda x, y: function(x, y))
    call = lambda x, y, dtype: derivative(jnp.asarray(x, dtype), jnp.asarray(y, dtype))
    targets = jnp.asarray(labels())
    x = jnp.asarray(BATCH)
    grad = jax.grad(lambda x: function(x, targets).sum())(x)
    yield {
        "preset": "optax",
        "peer": "optax.losses.sigmoid_focal_loss",
        "versions": versions("optax", "jax"),
        "singles": singles(call, SOFT),
        "batch": batch(function(x, targets), grad, labels()),
    }


def asl_class(kind, preset, peer, **where):
    import torch

    loss = kind()
    targets = labels(hard=True)
    value, grad = torch_call(lambda x: loss(x, torch.tensor(targets, dtype=x.dtype)), BATCH, "float64")
    return {
        "preset": preset,
        "peer": peer,
        **where,
        "singles": elementwise(lambda x, y: loss(x, y), HARD),
        "batch": batch(value, grad, targets),
    }


def asl(source):
    kind = load(source, "src.loss_functions.losses").AsymmetricLoss
    where = {"repository": "Alibaba-MIIL/ASL", "commit": commit(source), "versions": versions("torch")}
    yield asl_class(kind, "asl", "AsymmetricLoss", **where)


def timm():
    # The package as a whole imports torchvision.
    root = Path(importlib.util.find_spec("timm").origin).parent
    kind = load(root.parent, "timm.loss.asymmetric_loss").AsymmetricLossMultiLabel
    held = lambda: kind(disable_torch_grad_focal_loss=True)
    peer = "timm.loss.AsymmetricLossMultiLabel(disable_torch_grad_focal_loss=True)"
    yield asl_class(held, "asl", peer, versions=versions("timm", "torch"))


def mmdetection(source):
    # Of a copy in another repository, which differs in the names of decorators: mmdetection's own is very large.
    import torch

    def class_of(file, name):
        without = ["mmcv", "mmcv.ops", "mmdet.models.builder"]
        return getattr(load(source, f"mmdet.models.losses.{file}", without), name)()

    where = {"repository": "cisco08/SegRefiner_mmengine", "commit": commit(source), "versions": versions("torch")}
    where["versions"]["mmdetection"] = load(source, "mmdet.version").__version__
    background = len(BATCH[0])
    classes = [background] * len(BATCH)
    qualities = [0.0] * len(BATCH)
    for row, column, quality in MATCHES:
        classes[row], qualities[row] = column, quality
    of = lambda x, y: torch.tensor(y, dtype=x.dtype)

    focal = class_of("focal_loss", "FocalLoss")
    index = lambda y: torch.tensor([0 if y == 1 else 1])
    call = lambda x, y, dtype: torch_call(lambda z: focal(z, index(y)), [[x]], dtype)
    value, grad = torch_call(lambda x: focal(x, torch.tensor(classes), avg_factor=3), BATCH, "float64")
    yield {
        "preset": "mmdetFocal",
        "peer": "FocalLoss",
        **where,
        "singles": singles(call, HARD),
        "batch": batch(value, grad, labels(hard=True), normalizer=3),
    }

    quality = class_of("gfocal_loss", "QualityFocalLoss")
    # The label says whether there is an object; one of quality 0 is the same as none.
    call = lambda x, y, dtype: torch_call(
        lambda z: quality(z, (torch.tensor([0 if y > 0 else 1]), of(z, [y]))), [[x]], dtype
    )
    value, grad = torch_call(
        lambda x: quality(x, (torch.tensor(classes), of(x, qualities)), avg_factor=3), BATCH, "float64"
    )
    yield {
        "preset": "mmdetQuality",
        "peer": "QualityFocalLoss",
        **where,
        "singles": singles(call, SOFT),
        "batch": batch(value, grad, labels(), normalizer=3),
    }

    varifocal = class_of("varifocal_loss", "VarifocalLoss")
    value, grad = torch_call(lambda x: varifocal(x, of(x, labels())), BATCH, "float64")
    yield {
        "preset": "mmdetVarifocal",
        "peer": "VarifocalLoss",
        **where,
        "singles": elementwise(lambda x, y: varifocal(x, y)),
        "batch": batch(value, grad, labels()),
    }

    gaussian = class_of("gaussian_focal_loss", "GaussianFocalLoss")
    value, grad = torch_call(lambda x: gaussian(x.sigmoid(), of(x, labels()), avg_factor=1), BATCH, "float64")
    yield {
        "preset": "mmdetGaussian",
        "peer": "GaussianFocalLoss, of σ(x)",
        **where,
        "singles": elementwise(lambda x, y: gaussian(x.sigmoid(), y), HEATS),
        "batch": batch(value, grad, labels(), normalizer=1),
    }


# Detectors match queries with boxes, and take the quality of a match from its boxes.


def boxes(qualities):
    """Predicted and true boxes (centre, size) whose IoU is the quality given."""
    return [[0.5, 0.5, 0.8, 0.5] for _ in qualities], [[0.5, 0.5, 0.8 * u, 0.5] for u in qualities]


def criterion(call, preset, peer, dtypes=("float64", "float32"), **where):
    """`call(logits [1, Q, C], matches, boxes predicted, boxes true, number of boxes)` gives the loss."""
    import torch

    def run(x, matches, count):
        predicted, true = boxes([quality for *_, quality in matches])
        every = [[0.5, 0.5, 0.1, 0.1] for _ in range(x.shape[1])]
        for (row, *_), box in zip(matches, predicted):
            every[row] = box
        tensor = lambda a: torch.tensor(a, dtype=x.dtype).reshape(-1, 4)
        return call(x, matches, tensor(every)[None], tensor(true), count)

    def single(x, y, dtype):
        matches = [(0, 0, y)] if y > 0 else []
        value, grad = torch_call(lambda z: run(z, matches, 1), [[[x]]], dtype)
        return value, grad.reshape(())

    # A match whose boxes do not overlap.
    missed = [torch_call(lambda z: run(z, [(0, 0, 0.0)], 1), [[[x]]], dtypes[0]) for x in MISSED]
    value, grad = torch_call(lambda x: run(x[None], MATCHES, 3), BATCH, dtypes[0])
    return {
        "preset": preset,
        "peer": peer,
        **where,
        "singles": singles(single, SOFT, dtypes),
        "missed": {
            "logits": MISSED,
            "value": [number(value) for value, _ in missed],
            "grad": [number(grad) for _, grad in missed],
        },
        "batch": batch(value, grad, labels(), normalizer=3),
    }


def detr_call(method, logits="logits", classes="class_labels"):
    """Of a method (outputs, targets, indices, num_boxes) → { name: loss }."""
    import torch

    def call(x, matches, predicted, true, count):
        outputs = {logits: x, "pred_boxes": predicted}
        targets = [{classes: torch.tensor([c for _, c, _ in matches], dtype=torch.long), "boxes": true}]
        rows = torch.tensor([r for r, *_ in matches], dtype=torch.long)
        return next(iter(method(outputs, targets, [(rows, torch.arange(len(matches)))], count).values()))

    return call


def by_classes(make, name, **named):
    """The method `name` of the criterion that `make` makes for as many classes as there are logits."""

    def method(outputs, targets, indices, count):
        logits = next(iter(outputs.values()))
        return getattr(make(logits.shape[-1]), name)(outputs, targets, indices, count, **named)

    return method


def transformers():
    # It does without torchvision if that is not there.
    find = importlib.util.find_spec
    importlib.util.find_spec = lambda name, *rest: None if name == "torchvision" else find(name, *rest)
    import transformers as t
    from transformers.loss.loss_d_fine import DFineLoss
    from transformers.loss.loss_deimv2 import Deimv2Loss
    from transformers.loss.loss_rf_detr import RfDetrImageLoss
    from transformers.loss.loss_rt_detr import RTDetrLoss

    where = {"versions": versions("transformers", "torch")}
    make = lambda n: RTDetrLoss(t.RTDetrConfig(num_labels=n))
    yield criterion(detr_call(by_classes(make, "loss_labels_vfl")), "rtdetr", "RTDetrLoss.loss_labels_vfl", **where)
    make = lambda n: DFineLoss(t.DFineConfig(num_labels=n))
    yield criterion(detr_call(by_classes(make, "loss_labels_vfl")), "dfine", "DFineLoss.loss_labels_vfl", **where)
    make = lambda n: Deimv2Loss(t.Deimv2Config(num_labels=n, focal_loss_gamma=1.5))
    peer = "Deimv2Loss.loss_labels_mal, focal_loss_gamma=1.5"
    yield criterion(detr_call(by_classes(make, "loss_labels_mal")), "deim", peer, **where)
    make = lambda n: RfDetrImageLoss(None, n, t.RfDetrConfig().focal_alpha, ["labels"], 1, 16)
    yield criterion(detr_call(by_classes(make, "loss_labels")), "rfdetr", "RfDetrImageLoss.loss_labels", **where)


def of_criterion(source, module, name, method, preset, without, repository, folder="", log=None, **options):
    without_torchvision()
    kind = getattr(load(Path(source, folder), module, without), name)
    make = lambda n: kind(num_classes=n, **options)
    named = {} if log is None else {"log": log}
    call = detr_call(by_classes(make, method, **named), "pred_logits", "labels")
    where = {"repository": repository, "commit": commit(source), "versions": versions("torch")}
    said = ", ".join(f"{k}={v}" for k, v in options.items() if k not in ("matcher", "weight_dict", "losses"))
    return criterion(call, preset, f"{name}.{method}" + (f", {said}" if said else ""), **where)


def rtdetr(source):
    common = {"matcher": None, "weight_dict": {}, "losses": [], "alpha": 0.75, "gamma": 2.0}
    without = ["src.misc.dist", "src.core"]
    module = "src.zoo.rtdetr.rtdetr_criterion"
    yield of_criterion(
        source, module, "SetCriterion", "loss_labels_vfl", "rtdetr", without, "lyuwenyu/RT-DETR",
        folder="rtdetr_pytorch", **common,
    )


def dfine(source):
    common = {"matcher": None, "weight_dict": {}, "losses": [], "alpha": 0.75, "gamma": 2.0}
    without = ["src.misc.dist_utils", "src.core", "src.zoo.dfine.dfine_utils"]
    module = "src.zoo.dfine.dfine_criterion"
    yield of_criterion(
        source, module, "DFINECriterion", "loss_labels_vfl", "dfine", without, "Peterande/D-FINE", **common
    )


def deim(source):
    common = {"matcher": None, "weight_dict": {}, "losses": [], "gamma": 1.5}
    without = ["engine.misc.dist_utils", "engine.core", "engine.deim.dfine_utils"]
    module = "engine.deim.deim_criterion"
    yield of_criterion(
        source, module, "DEIMCriterion", "loss_labels_mal", "deim", without, "Intellindust-AI-Lab/DEIM", **common
    )


def rfdetr(source):
    common = {"matcher": None, "weight_dict": {}, "losses": [], "focal_alpha": 0.25, "ia_bce_loss": True}
    without = [f"rfdetr.models.{name}" for name in ["backbone", "matcher", "segmentation_head", "transformer"]]
    without += ["rfdetr.util.misc"]
    yield of_criterion(
        source, "rfdetr.models.lwdetr", "SetCriterion", "loss_labels", "rfdetr", without, "roboflow/rf-detr",
        log=False, **common,
    )


def sam3(source):
    import torch

    without = ["torchmetrics", "sam3.train.loss.sigmoid_focal_loss"]
    kind = load(source, "sam3.train.loss.loss_fns", without).IABCEMdetr
    loss = kind(pos_weight=10.0, alpha=0.25, gamma=2, weak_loss=False)
    corners = lambda b: torch.cat([b[..., :2] - b[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2], -1)

    def call(x, matches, predicted, true, count):
        # One score a query: a query for each class and row.
        rows = torch.tensor([r * x.shape[2] + c for r, c, _ in matches], dtype=torch.long)
        outputs = {"pred_logits": x.reshape(1, -1, 1)}
        outputs["pred_boxes_xyxy"] = corners(predicted.repeat_interleave(x.shape[2], 1))
        indices = (torch.zeros_like(rows), rows, None)
        return loss.get_loss(outputs, {"boxes_xyxy": corners(true)}, indices, count)["loss_ce"]

    where = {"repository": "facebookresearch/sam3", "commit": commit(source), "versions": versions("torch")}
    made = criterion(call, "sam3", "IABCEMdetr, pos_weight=10, alpha=0.25, gamma=2, weak_loss=False", ["float32"], **where)
    # It keeps targets in float32 whatever the logits are, and takes the mean over the queries.
    del made["batch"]["call"]
    yield made


if __name__ == "__main__":
    name, *source = sys.argv[1:]
    figures = list(globals()[name](*source))
    for record in figures:
        record["printedBy"] = f"print.py {name}" + (" SOURCE" if source else "")
    json.dump(figures, sys.stdout, ensure_ascii=False, indent=1)
    print()

"""PyTorch on one thread, eager and compiled, for rivals/torch.ts.

Reads one request a line and answers it in one line, both JSON:
{"do": "prepare", "as", "compiled", "link", "gamma", "wantGrad", "rows", "classes", "logits", "targets", "grad"}, where
the last three are files, answers {"value"} and has written the gradient; {"do": "clock", "as", "ms"} answers {"ms"},
the median time of a run; {"do": "close", "as"} forgets what was prepared. The first line tells the version of PyTorch.
"""

import ctypes
import json
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print(json.dumps({"absent": "no torch in python3"}), flush=True)
    sys.exit()


def sigmoid(x, y, gamma):
    """torchvision.ops.sigmoid_focal_loss, without alpha."""
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    p_t = p * y + (1 - p) * (1 - y)
    return (ce * (1 - p_t) ** gamma).sum()


def softmax(x, labels, gamma):
    log = F.log_softmax(x, 1).gather(1, labels).squeeze(1)
    return ((1 - log.exp()) ** gamma * -log).sum()


def prepare(r):
    n = r["rows"] * r["classes"]
    x = torch.from_file(r["logits"], size=n, dtype=torch.float32).clone()
    if r["link"] == "sigmoid":
        y = torch.from_file(r["targets"], size=n, dtype=torch.float32).clone()
    else:
        x = x.reshape(r["rows"], r["classes"])
        y = torch.from_file(r["targets"], size=r["rows"], dtype=torch.int32).long()[:, None]
    loss = sigmoid if r["link"] == "sigmoid" else softmax
    if r["compiled"]:
        torch.compiler.reset()
        loss = torch.compile(loss, dynamic=False)
    gamma = r["gamma"]

    def value():
        with torch.no_grad():
            return loss(x, y, gamma).item(), None

    def value_and_grad():
        at = x.detach().requires_grad_()
        total = loss(at, y, gamma)
        return total.item(), torch.autograd.grad(total, at)[0]

    return value_and_grad if r["wantGrad"] else value


def clock(run, ms):
    times = []
    while not times or sum(times) < ms:
        start = time.perf_counter_ns()
        run()
        times.append((time.perf_counter_ns() - start) / 1e6)
    return statistics.median(times)


def main():
    torch.set_num_threads(1)
    print(json.dumps({"torch": torch.__version__}), flush=True)
    runs = {}
    for line in sys.stdin:
        r = json.loads(line)
        answer = {}
        if r["do"] == "prepare":
            runs[r["as"]] = prepare(r)
            answer["value"], grad = runs[r["as"]]()
            if grad is not None:
                with open(r["grad"], "wb") as file:
                    file.write(ctypes.string_at(grad.contiguous().data_ptr(), 4 * grad.numel()))
        elif r["do"] == "clock":
            answer["ms"] = clock(runs[r["as"]], r["ms"])
        else:
            del runs[r["as"]]
        print(json.dumps(answer), flush=True)


main()

"""Scores a folder of .npy logits with Ray Data: one ONNX Runtime session an actor, as many actors as asked for.

    python ray_data.py loss.onnx FOLDER OUT [ACTORS]

loss.onnx is `npx focal-onnx --loss softmaxFocal --top-k 10 -o loss.onnx`; OUT becomes a folder of Parquet files with the columns
id, loss, top_row, top_loss.
"""

import glob
import os
import sys

import numpy as np
import onnxruntime
import ray


class Score:
    def __init__(self, model: bytes):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def __call__(self, row: dict) -> dict:
        logits = np.load(row["path"])
        labels = np.load(row["path"].replace(".npy", ".labels.npy"))
        value, losses, places = self.session.run(
            ["value", "topValues", "topIndices"], {"logits": logits, "targets": labels}
        )
        return {"id": row["path"], "loss": float(value), "top_row": places, "top_loss": losses}


def main(model: str, folder: str, out: str, actors: int = 2) -> None:
    paths = sorted(path for path in glob.glob(os.path.join(folder, "*.npy")) if not path.endswith(".labels.npy"))
    with open(model, "rb") as file:
        content = file.read()
    rows = ray.data.from_items([{"path": os.path.abspath(path)} for path in paths])
    rows = rows.map(Score, fn_constructor_args=[content], compute=ray.data.ActorPoolStrategy(size=actors))
    rows.write_parquet(os.path.abspath(out))


if __name__ == "__main__":
    ray.init(num_cpus=int(sys.argv[4]) if len(sys.argv) > 4 else 2, include_dashboard=False)
    main(*sys.argv[1:4], *(map(int, sys.argv[4:5])))

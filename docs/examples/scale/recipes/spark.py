"""The same on Spark, by SynapseML's ONNXModel: each executor has a session of its own. Not run.

    spark-submit --packages com.microsoft.azure:synapseml_2.12:1.0.9 spark.py loss.onnx IN OUT

IN is Parquet with the columns id, logits (array of arrays of floats, [rows, classes]) and labels (array of longs, [rows]). The model
takes one image a row, so miniBatchSize is 1: a batch would have a first axis that the model does not.
"""

import sys

from pyspark.sql import SparkSession
from synapse.ml.onnx import ONNXModel

model, source, out = sys.argv[1:4]
spark = SparkSession.builder.getOrCreate()
score = (
    ONNXModel()
    .setModelLocation(model)
    .setFeedDict({"logits": "logits", "targets": "labels"})
    .setFetchDict({"loss": "value", "top_loss": "topValues", "top_row": "topIndices"})
    .setMiniBatchSize(1)
)
score.transform(spark.read.parquet(source)).select("id", "loss", "top_loss", "top_row").write.parquet(out)

"""The engine: `fit` trains a network; `History` is one row an epoch and member.

`dnn_core.training.fit` imports Keras and is itself imported only by workers.
"""

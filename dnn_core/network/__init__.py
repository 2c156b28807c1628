"""From the specification of a network to a `keras.Model`, its size, diagram and code.

Only `dnn_core.network.model` imports Keras; everything else here works without it.
"""

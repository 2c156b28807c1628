"""From a network that is asked for to a `keras.Model`, its size, its picture and its code.

Only `dnn_core.network.model` imports Keras; everything else here works without it.
"""

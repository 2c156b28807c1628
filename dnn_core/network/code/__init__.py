"""The same network and training as a script in plain Keras, for Python and for R."""

from dnn_core.network.code.python import python_code
from dnn_core.network.code.r import r_code

__all__ = ["python_code", "r_code"]

"""Running a model on outlines: tensors that have a shape and a type, and no values.

What a model does mostly follows from shapes alone. Then nothing needs to be reckoned, and neither
weights nor results take any memory. What is made without the inputs, such as positions or a mask,
keeps its values while it is small, so that a model may decide by them.
"""

from auditor.profiling.outlines.casts import casting_as_on_cpu
from auditor.profiling.outlines.mode import Outlining, outlined

__all__ = ["Outlining", "casting_as_on_cpu", "outlined"]

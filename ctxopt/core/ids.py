"""Types for the numbers of things, so that a number of one is not taken for one of another."""

from typing import NewType

#: The index of a stage in the Dockerfile; -1 for an image that an instruction names.
StageId = NewType("StageId", int)
#: The index of an instruction in `Plan.steps`.
StepId = NewType("StepId", int)
#: The index of a read in `Plan.reads`; BUILDER for what the builder itself reads.
ReadId = NewType("ReadId", int)
#: The number of a set of readers, which the rows of an index hold.
SetId = NewType("SetId", int)

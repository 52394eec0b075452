"""The parts of the planner: variables, stages, instructions and notes."""

"""Inputs drawn from a seed, held against what must be true of any: `make fuzz SEED=1 INPUTS=100000`."""

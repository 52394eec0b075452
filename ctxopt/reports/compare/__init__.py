"""Two contexts compared: what came, what went, and which instruction that concerns."""

"""The terminal explorer: a model of finished answers and the screens for it; it never decides what Docker does."""

"""The language of bake files: its text in both forms, its expressions, and the functions that buildx gives them."""

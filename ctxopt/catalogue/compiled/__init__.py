"""The catalogue as Python, written by tools/compile_catalogue.py: change the TOML files."""

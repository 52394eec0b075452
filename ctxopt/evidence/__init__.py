"""Why a file that only a broad `COPY . .` reads can be excluded, or cannot; never writes a pattern.

`judge.py` weighs it all; what is known of tools and ecosystems is data in `ctxopt/catalogue/`.
"""

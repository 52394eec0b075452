"""What speaks for leaving out a file that only a broad read such as `COPY . .` takes, and what against.

`judge.py` weighs it all; what is known of tools and ecosystems is data in `ctxopt/catalogue/`.
"""

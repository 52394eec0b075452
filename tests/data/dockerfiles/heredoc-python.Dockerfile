# syntax=docker/dockerfile:1
FROM python:3.12
RUN <<EOF
#!/usr/bin/env python3
import os
for name in ("docs", "tests"):
    os.system(f"rm -rf {name}")
EOF
COPY app /app
RUN python3 <<EOF
print("apt-get update")
EOF
RUN cat <<EOF > /etc/motd
rm -rf /app
EOF

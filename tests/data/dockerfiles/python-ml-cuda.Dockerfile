FROM nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip git curl && rm -rf /var/lib/apt/lists/*
ADD https://example.com/models/base-v2.safetensors /models/base.safetensors
WORKDIR /workspace
COPY requirements.txt .
RUN pip3 install --no-cache-dir -r requirements.txt
COPY . .
CMD ["python3", "serve.py"]

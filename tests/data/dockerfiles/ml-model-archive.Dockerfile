FROM python:3.12-slim
WORKDIR /srv
COPY models/weights.tar.gz models/
RUN tar -xzf models/weights.tar.gz -C models
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \
    pip install --no-cache-dir -r /tmp/requirements.txt
COPY serve.py .
RUN chown -R nobody:nogroup /srv
USER nobody
CMD ["python", "serve.py"]

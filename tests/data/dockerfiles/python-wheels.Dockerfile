# syntax=docker/dockerfile:1
ARG PYTHON=3.13
FROM python:${PYTHON} AS wheels
WORKDIR /src
COPY requirements.txt constraints.txt ./
RUN pip wheel --wheel-dir /wheels -c constraints.txt -r requirements.txt

FROM python:${PYTHON}-slim
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels pip install --no-index --find-links /wheels /wheels/*
WORKDIR /srv
COPY app app
COPY manage.py .
RUN python manage.py collectstatic --noinput
USER nobody
CMD ["gunicorn", "app.wsgi"]

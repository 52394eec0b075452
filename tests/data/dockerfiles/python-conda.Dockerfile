FROM continuumio/miniconda3
WORKDIR /app
COPY environment.yml .
RUN conda env create -f environment.yml && conda clean -afy
COPY . .
SHELL ["conda", "run", "-n", "app", "/bin/bash", "-c"]
ENTRYPOINT ["conda", "run", "--no-capture-output", "-n", "app", "python", "run.py"]

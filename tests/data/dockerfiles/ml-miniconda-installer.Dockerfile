FROM ubuntu:22.04
RUN apt-get update && apt-get install -y wget bzip2 && rm -rf /var/lib/apt/lists/*
RUN wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh
RUN bash Miniconda3-latest-Linux-x86_64.sh -b -p /opt/conda
ENV PATH=/opt/conda/bin:$PATH
COPY environment.yml .
RUN conda env create -f environment.yml
SHELL ["conda", "run", "-n", "demo", "/bin/bash", "-c"]
COPY . /app
CMD ["conda", "run", "-n", "demo", "python", "/app/serve.py"]

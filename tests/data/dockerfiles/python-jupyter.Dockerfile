FROM jupyter/scipy-notebook:2023-10-20
COPY --chown=${NB_UID}:${NB_GID} requirements.txt /tmp/
RUN pip install --quiet --no-cache-dir --requirement /tmp/requirements.txt && \
    fix-permissions "${CONDA_DIR}" && fix-permissions "/home/${NB_USER}"
COPY notebooks/ /home/jovyan/work/

ARG BASE=alpine
ARG TAG=3.20
FROM ${BASE}:${TAG} AS base
ARG APP_DIR=/opt/app
ARG SRC=app
ARG UNSET
ENV HOME_DIR=${APP_DIR}
WORKDIR ${HOME_DIR}
COPY ${SRC}/ .
COPY ${UNSET:-conf}/ conf/
RUN rm -rf ${HOME_DIR}/tmp "$APP_DIR"/*.log
RUN chown -R ${UID:-1000} ${HOME_DIR}

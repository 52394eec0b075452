FROM gcc:14 AS build
WORKDIR /src
COPY Makefile ./
COPY src/ src/
RUN make -j"$(nproc)" PREFIX=/out install

FROM debian:bookworm-slim
COPY --from=build /out /usr/local
CMD ["demo"]

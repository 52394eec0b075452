FROM registry.access.redhat.com/ubi9/ubi AS ubi-micro-build
RUN mkdir -p /mnt/rootfs
RUN dnf install --installroot /mnt/rootfs coreutils-single glibc-minimal-langpack \
      --releasever 9 --setopt install_weak_deps=false --nodocs -y && \
    dnf --installroot /mnt/rootfs clean all

FROM scratch
COPY --from=ubi-micro-build /mnt/rootfs/ /
COPY src/server /usr/local/bin/server
CMD ["server"]

FROM registry.fedoraproject.org/fedora:40
RUN dnf upgrade -y
RUN dnf install -y gcc make python3-devel
RUN dnf clean all
COPY src /opt/src
RUN make -C /opt/src install && rm -rf /opt/src

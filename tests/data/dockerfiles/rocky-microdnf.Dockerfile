FROM rockylinux:9-minimal
RUN microdnf -y install tar gzip java-17-openjdk-headless && microdnf clean all
COPY build/app.tar.gz /tmp/app.tar.gz
RUN mkdir -p /opt/app && tar xzf /tmp/app.tar.gz -C /opt/app && rm -f /tmp/app.tar.gz
USER 1001
CMD ["/opt/app/bin/start"]

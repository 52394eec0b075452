FROM debian:trixie-slim
RUN curl -fsSL -o /tmp/tool.tar.gz https://example.org/tool.tar.gz
RUN tar -xzf /tmp/tool.tar.gz -C /opt
RUN rm /tmp/tool.tar.gz
USER nobody
CMD ["/opt/tool/run"]

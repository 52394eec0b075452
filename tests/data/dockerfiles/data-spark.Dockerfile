FROM eclipse-temurin:17-jre
ARG SPARK_VERSION=3.5.1
WORKDIR /opt
RUN curl -fsSL "https://archive.apache.org/dist/spark/spark-${SPARK_VERSION}/spark-${SPARK_VERSION}-bin-hadoop3.tgz" -o spark.tgz && \
    tar xzf spark.tgz && mv "spark-${SPARK_VERSION}-bin-hadoop3" spark
COPY jobs/ /opt/jobs/
ENV PATH=$PATH:/opt/spark/bin
CMD ["spark-submit", "/opt/jobs/main.py"]

FROM ubuntu:22.04
RUN apt-get update
RUN apt-get install -y build-essential autoconf automake libtool
COPY . /usr/src/demo
WORKDIR /usr/src/demo
RUN ./autogen.sh && ./configure && make && make install
RUN rm -rf /usr/src/demo
RUN apt-get remove -y build-essential autoconf automake libtool && apt-get autoremove -y
ENTRYPOINT ["demo"]

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates wget
RUN wget -q https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb
RUN apt-get install -y --no-install-recommends ./google-chrome-stable_current_amd64.deb
RUN rm google-chrome-stable_current_amd64.deb && rm -rf /var/lib/apt/lists/*
CMD ["google-chrome", "--version"]

FROM elixir:1.17
WORKDIR /app
COPY . .
RUN mix local.hex --force && mix local.rebar --force
RUN mix deps.get
RUN mix compile
CMD ["mix", "phx.server"]

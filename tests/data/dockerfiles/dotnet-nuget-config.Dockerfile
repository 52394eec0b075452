FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
WORKDIR /src
COPY nuget.config *.sln ./
COPY src src
RUN dotnet restore && dotnet publish src/Api -c Release -o /out

FROM mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled
WORKDIR /app
COPY --from=build /out .
USER $APP_UID
ENTRYPOINT ["./Api"]

# escape=`
FROM mcr.microsoft.com/windows/nanoserver:ltsc2022
WORKDIR C:\site
COPY public .
RUN del /q /s *.map & rmdir /s /q drafts
USER ContainerAdministrator
CMD ["server.exe"]

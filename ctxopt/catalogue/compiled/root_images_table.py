# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.root_images import Needs
from ctxopt.catalogue.root_images import RootImages

VALUE = RootImages(
 root='scratch alpine debian ubuntu busybox fedora centos rockylinux rockylinux/rockylinux almalinux amazonlinux oraclelinux archlinux opensuse/leap buildpack-deps bash\npython node ruby php perl golang rust gcc swift haskell dart elixir erlang clojure groovy julia r-base pypy openjdk eclipse-temurin amazoncorretto maven\nibmjava ibm-semeru-runtimes sapmachine mono oven/bun denoland/deno crystallang/crystal nvidia/cuda pytorch/pytorch tensorflow/tensorflow\nmcr.microsoft.com/dotnet/sdk mcr.microsoft.com/dotnet/aspnet mcr.microsoft.com/dotnet/runtime mcr.microsoft.com/dotnet/runtime-deps\ngcr.io/distroless/static gcr.io/distroless/static-debian11 gcr.io/distroless/static-debian12 gcr.io/distroless/static-debian13 gcr.io/distroless/base gcr.io/distroless/base-debian11\ngcr.io/distroless/base-debian12 gcr.io/distroless/cc gcr.io/distroless/cc-debian12 gcr.io/distroless/java17-debian12 gcr.io/distroless/java21-debian12 gcr.io/distroless/nodejs20-debian12\ngcr.io/distroless/nodejs22-debian12 gcr.io/distroless/python3 gcr.io/distroless/python3-debian12 tiangolo/uvicorn-gunicorn-fastapi\n',
 other_user=('nonroot', 'chiseled', 'rootless', 'unprivileged', 'nanoserver', 'windowsservercore', 'ltsc'),
 users={
  'node': 'node',
  'oven/bun': 'bun',
  'denoland/deno': 'deno',
  'mcr.microsoft.com/dotnet/aspnet': '$APP_UID',
  'mcr.microsoft.com/dotnet/runtime': '$APP_UID',
  'mcr.microsoft.com/dotnet/runtime-deps': '$APP_UID',
  'mcr.microsoft.com/dotnet/sdk': '$APP_UID',
  'gcr.io/distroless/static-debian12': 'nonroot',
  'gcr.io/distroless/base-debian12': 'nonroot',
  'gcr.io/distroless/cc-debian12': 'nonroot',
 },
 since={
  'mcr.microsoft.com/dotnet/aspnet': 8,
  'mcr.microsoft.com/dotnet/runtime': 8,
  'mcr.microsoft.com/dotnet/runtime-deps': 8,
  'mcr.microsoft.com/dotnet/sdk': 8,
 },
 needs=Needs(
  installed=(
   's6-overlay',
   'gosu',
   'su-exec',
   'py-spy',
   'memray',
   'rbspy',
   'bpftrace',
   'bpfcc-tools',
   'bcc-tools',
   'nsenter',
   'async-profiler',
   'FlameGraph',
   'linux-tools',
   'dotnet-trace',
   'dotnet-dump',
   'cap_net_admin',
   'cap_net_raw',
  ),
  others=('hardened', 'nonroot', 'rootless', 'unprivileged'),
 ),
)

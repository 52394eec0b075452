"""Dockerfiles with values that BuildKit parses itself: right ones, wrong ones, and those at the edges."""

from collections.abc import Iterator
from typing import Final

#: Instructions for a stage from scratch.
_INSTRUCTIONS: Final = """
EXPOSE 80
EXPOSE 80/tcp 443/UDP 9/sctp
EXPOSE abc
EXPOSE 80/icmp
EXPOSE 80/
EXPOSE /tcp
EXPOSE 0
EXPOSE 65535
EXPOSE 65536
EXPOSE -1
EXPOSE +80
EXPOSE 8000-9000
EXPOSE 9000-8000
EXPOSE 80-
EXPOSE -80
EXPOSE 80-80
EXPOSE 8080:80
EXPOSE 8000-8010:80
EXPOSE 8000-8010:80-90
EXPOSE 8000-8010:80-85
EXPOSE 127.0.0.1:8080:80
EXPOSE 127.0.0.1::80
EXPOSE 300.0.0.1:8080:80
EXPOSE localhost:8080:80
EXPOSE [::1]:8080:80
EXPOSE ::1:8080:80
EXPOSE [::1:8080:80
EXPOSE []:8080:80
EXPOSE :80
EXPOSE 80:
EXPOSE $NOTHING
EXPOSE ""
EXPOSE "80 81"
EXPOSE 80 abc
EXPOSE 80,81
EXPOSE 080
EXPOSE 8_0
EXPOSE 0x50
EXPOSE --a 80
COPY --chmod=755 Dockerfile /
COPY --chmod=0755 Dockerfile /
COPY --chmod=7777 Dockerfile /
COPY --chmod=07777 Dockerfile /
COPY --chmod=10000 Dockerfile /
COPY --chmod=000000000755 Dockerfile /
COPY --chmod=0 Dockerfile /
COPY --chmod=888 Dockerfile /
COPY --chmod=0o755 Dockerfile /
COPY --chmod=+755 Dockerfile /
COPY --chmod=-755 Dockerfile /
COPY --chmod=zzz Dockerfile /
COPY --chmod= Dockerfile /
COPY --chmod=u+x Dockerfile /
COPY --chmod=u=rwX,go=rX Dockerfile /
COPY --chmod=a+ Dockerfile /
COPY --chmod=u Dockerfile /
COPY --chmod=u+x, Dockerfile /
COPY --chmod=,u+x Dockerfile /
COPY --chmod=u+x+w-r Dockerfile /
COPY --chmod=u+xz Dockerfile /
COPY --chmod=+t Dockerfile /
COPY --chmod=go=u Dockerfile /
COPY --chmod=rwxr-xr-x Dockerfile /
COPY --chmod=$NOTHING Dockerfile /
COPY --checksum=sha256:0 Dockerfile /
ADD --chmod=9 Dockerfile /
ADD --checksum=sha256:0 https://a.test/x /
ADD --checksum=sha256:{64} https://a.test/x /
ADD --checksum=sha384:{96} https://a.test/x /
ADD --checksum=sha512:{128} https://a.test/x /
ADD --checksum=sha256:{96} https://a.test/x /
ADD --checksum=sha256:{64UPPER} https://a.test/x /
ADD --checksum=md5:{32} https://a.test/x /
ADD --checksum={64} https://a.test/x /
ADD --checksum= https://a.test/x /
ADD --checksum=$NOTHING https://a.test/x /
ADD --checksum=zzz https://github.com/a/b.git /
ADD --checksum=sha256:{64} Dockerfile /
ADD --checksum=sha256:{64} https://a.test/x https://a.test/y /z/
RUN --network=none true
RUN --network=host true
RUN --network=default true
RUN --network=foo true
RUN --network=NONE true
RUN --network= true
RUN --network true
RUN --network=$NOTHING true
RUN --security=foo true
RUN --security= true
RUN --mount=type=tmpfs,target=/x,size=100m true
RUN --mount=type=tmpfs,target=/x,size=1.5GiB true
RUN --mount=type=tmpfs,target=/x,size=1e3 true
RUN --mount=type=tmpfs,target=/x,size=10 true
RUN --mount=type=tmpfs,target=/x,size=abc true
RUN --mount=type=tmpfs,target=/x,size=-1 true
RUN --mount=type=tmpfs,target=/x,size= true
RUN --mount=type=tmpfs,target=/x,size=10x true
RUN --mount=type=tmpfs,target=/x,size=10mbb true
RUN --mount=type=tmpfs,target=/x,size=10b true
RUN --mount=type=tmpfs,target=/x,size=10bb true
RUN --mount=type=cache,target=/x,size=10 true
RUN --mount=type=cache,target=/x,mode=0755 true
RUN --mount=type=cache,target=/x,mode=0999 true
RUN --mount=type=cache,target=/x,mode=77777777777 true
RUN --mount=type=cache,target=/x,mode=777777777777 true
RUN --mount=type=cache,target=/x,uid=4294967295 true
RUN --mount=type=cache,target=/x,uid=4294967296 true
RUN --mount=type=cache,target=/x,uid=root true
RUN --mount=type=cache,target=/x,gid=-1 true
RUN --mount=type=cache,target=/x,sharing=LOCKED true
RUN --mount=type=cache,target=/x,sharing=foo true
RUN --mount=type=cache,target=/ true
RUN --mount=type=cache true
RUN --mount=type=ssh,source=/x true
RUN --mount=type=ssh,id=a,target=/x true
RUN --mount=type=ssh,required true
RUN --mount=type=ssh,required=maybe true
RUN --mount=type=secret,id=a,env=B true
RUN --mount=type=secret,id=a,src=b true
RUN --mount=type=secret true
RUN --mount=type=secret,id=a,sharing=locked true
RUN --mount=type=secret,id=a,mode=0400 true
RUN --mount=type=bind,target=/x,mode=0400 true
RUN --mount=type=bind,target=/x,rw=maybe true
RUN --mount=type=bind,target=/x,foo=1 true
RUN --mount=type=bind,target=/x,foo true
RUN --mount=type=foo,target=/x true
RUN --mount= true
RUN --mount=type=bind,from=$NOTHING,target=/x true
RUN --mount=type=bind,required,target=/x true
RUN --foo true
RUN
RUN []
RUN [""]
RUN ["a", 1]
CMD
CMD []
ENTRYPOINT []
ENTRYPOINT
SHELL ["a"]
SHELL []
SHELL a
SHELL
HEALTHCHECK CMD true
HEALTHCHECK --interval=30s CMD true
HEALTHCHECK --interval=1m30s CMD true
HEALTHCHECK --interval=1.5h CMD true
HEALTHCHECK --interval=.5s CMD true
HEALTHCHECK --interval=5.s CMD true
HEALTHCHECK --interval=30 CMD true
HEALTHCHECK --interval=0 CMD true
HEALTHCHECK --interval=0s CMD true
HEALTHCHECK --interval=1us CMD true
HEALTHCHECK --interval=1ms CMD true
HEALTHCHECK --interval=999us CMD true
HEALTHCHECK --interval=-5s CMD true
HEALTHCHECK --interval=+5s CMD true
HEALTHCHECK --interval=5 s CMD true
HEALTHCHECK --interval=5S CMD true
HEALTHCHECK --interval=9999999h CMD true
HEALTHCHECK --interval= CMD true
HEALTHCHECK --interval=$NOTHING CMD true
HEALTHCHECK --timeout=x CMD true
HEALTHCHECK --start-period=x CMD true
HEALTHCHECK --start-interval=x CMD true
HEALTHCHECK --retries=3 CMD true
HEALTHCHECK --retries=0 CMD true
HEALTHCHECK --retries=-1 CMD true
HEALTHCHECK --retries=+1 CMD true
HEALTHCHECK --retries=x CMD true
HEALTHCHECK --retries=1.5 CMD true
HEALTHCHECK --retries=2147483647 CMD true
HEALTHCHECK --retries=2147483648 CMD true
HEALTHCHECK --retries= CMD true
HEALTHCHECK --foo=1 CMD true
HEALTHCHECK NONE
HEALTHCHECK none
HEALTHCHECK NONE x
HEALTHCHECK --foo=1 NONE
HEALTHCHECK --interval=x NONE
HEALTHCHECK CMD
HEALTHCHECK CMD []
HEALTHCHECK CMD ["a"]
HEALTHCHECK
HEALTHCHECK FOO true
STOPSIGNAL SIGTERM
STOPSIGNAL term
STOPSIGNAL SIGFOO
STOPSIGNAL 9
STOPSIGNAL 0
STOPSIGNAL -1
STOPSIGNAL 999
STOPSIGNAL SIGRTMIN+3
STOPSIGNAL SIGRTMIN+16
STOPSIGNAL RTMAX-14
STOPSIGNAL RTMAX-15
STOPSIGNAL SIGSIGTERM
STOPSIGNAL ""
STOPSIGNAL $NOTHING
STOPSIGNAL --foo SIGTERM
STOPSIGNAL a b
STOPSIGNAL
VOLUME /a
VOLUME []
VOLUME [""]
VOLUME [" "]
VOLUME ["/a", ""]
VOLUME $NOTHING
VOLUME /a $NOTHING
VOLUME ""
VOLUME
VOLUME --foo /a
ENV a
ENV a=
ENV a b
ENV =b
ENV a=b c
ENV
ENV --foo a=b
LABEL a
LABEL a=
LABEL =b
LABEL a=b c
LABEL
ARG
ARG =a
ARG a b=c
ARG --foo
USER
USER ""
USER a b
USER $NOTHING
USER --foo a
WORKDIR
WORKDIR a b
WORKDIR ""
WORKDIR $NOTHING
WORKDIR --foo /a
MAINTAINER
MAINTAINER a b
MAINTAINER --foo a
ONBUILD
ONBUILD ONBUILD RUN true
ONBUILD FROM scratch
ONBUILD MAINTAINER a
ONBUILD RUN true
ONBUILD EXPOSE abc
ONBUILD FOO bar
ONBUILD COPY a
ONBUILD
ONBUILD --foo RUN true
COPY a
COPY
COPY --foo a b
COPY --link=maybe Dockerfile /
COPY --link Dockerfile /
COPY --link= Dockerfile /
COPY --chown=a --chown=b Dockerfile /
COPY --from=nothing! a b
COPY --from=9 a b
COPY https://a.test/x /
ADD --keep-git-dir Dockerfile /
ADD --from=x a b
FOO bar
"""
#: Whole Dockerfiles.
_WHOLE: Final = (
    "FROM --platform=linux/amd64 scratch",
    "FROM --platform=linux scratch",
    "FROM --platform=arm64 scratch",
    "FROM --platform=foo scratch",
    "FROM --platform=foo/bar scratch",
    "FROM --platform=a/b/c scratch",
    "FROM --platform=a/b/c/d scratch",
    "FROM --platform=linux/ scratch",
    "FROM --platform=/amd64 scratch",
    "FROM --platform=linux/* scratch",
    "FROM --platform=$NOTHING scratch",
    "FROM --platform=linux/amd64 --platform=linux/amd64 scratch",
    "FROM --platform= scratch",
    "FROM --platform=LINUX/AMD64 scratch",
    "FROM --platform=lin!ux/amd64 scratch",
    "ARG P=foo\nFROM --platform=$P scratch",
    "FROM scratch\nARG P=abc\nEXPOSE $P",
    'FROM scratch\nARG P="80 81"\nEXPOSE $P',
    'FROM scratch\nARG P="80 x"\nEXPOSE $P',
    "FROM scratch\nENV M=999\nCOPY --chmod=$M Dockerfile /",
    "FROM scratch\nARG S=1\nSTOPSIGNAL $S",
    "FROM scratch AS base\nONBUILD EXPOSE abc\nFROM base",
    "FROM scratch AS base\nONBUILD HEALTHCHECK --interval=x CMD a\nFROM base",
    "FROM scratch AS base\nONBUILD COPY --chmod=zzz Dockerfile /\nFROM base",
    "FROM scratch AS unused\nHEALTHCHECK --interval=x CMD a\nFROM scratch",
    "FROM scratch AS unused\nRUN --network=foo true\nFROM scratch",
    'FROM scratch AS unused\nVOLUME [""]\nFROM scratch',
    "# check=skip=all\nFROM scratch",
    "# check=skip=JSONArgsRecommended;error=true\nFROM scratch\nCMD a",
    "# check=error=true\nFROM scratch\nCMD a",
    "# check=error=maybe\nFROM scratch",
    "# check=foo\nFROM scratch",
    "# check=foo=bar\nFROM scratch",
    "# check=error=true;\nFROM scratch",
    "# check=error=true; skip=all\nFROM scratch",
    "# check=skip=all error=maybe\nFROM scratch",
    "#check=error=x\nFROM scratch",
    "FROM scratch\n# check=error=x\n",
    "# syntax=docker/dockerfile:1\n# check=error=x\nFROM scratch",
    "# a comment\n# check=error=x\nFROM scratch",
)

#: Whole Dockerfiles that fail where a lint rule is violated.
_LINTED: Final = (
    "FROM scratch",
    "FROM scratch AS a\nFROM scratch AS b\nCOPY --from=a Dockerfile /",
    "FROM scratch AS A",
    "FROM scratch as a",
    "from scratch as a",
    "from scratch AS a",
    "From scratch as a",
    "FROM scratch\ncopy Dockerfile /",
    "from scratch\ncopy Dockerfile /\nUSER a",
    "FROM scratch\nCopy Dockerfile /",
    "FROM scratch AS a\nFROM a AS a",
    "FROM scratch AS context",
    "FROM scratch AS scratch",
    "FROM scratch\nMAINTAINER a",
    "FROM scratch\nCMD a",
    'FROM scratch\nCMD ["a"]',
    "FROM scratch\nENTRYPOINT a",
    'FROM scratch\nSHELL ["a"]\nCMD a',
    'FROM scratch AS a\nSHELL ["a"]\nFROM a\nCMD a',
    'FROM scratch\nCMD ["a"]\nCMD ["b"]',
    'FROM scratch\nHEALTHCHECK NONE\nHEALTHCHECK CMD ["b"]',
    'FROM scratch AS a\nCMD ["a"]\nFROM a\nCMD ["b"]',
    "FROM scratch\nWORKDIR a",
    "FROM scratch\nWORKDIR /a\nWORKDIR b",
    "FROM scratch AS a\nWORKDIR /a\nFROM a\nWORKDIR b",
    "FROM scratch\nARG D=/a\nWORKDIR $D",
    'FROM scratch\nWORKDIR ""',
    "FROM scratch\nENV a b",
    "FROM scratch\nENV a=b",
    "FROM scratch\nENV a=b c=d",
    "FROM scratch\nLABEL a b",
    'FROM scratch\nLABEL "a b"=c',
    "FROM scratch\nENV A_TOKEN=b",
    "FROM scratch\nENV A_PUBLIC_TOKEN=b",
    "FROM scratch\nENV TOKENS=b",
    "FROM scratch\nARG PASSWORD",
    "ARG PASSWORD\nFROM scratch",
    "FROM scratch\nARG a key=b",
    "FROM scratch\nEXPOSE 80/TCP",
    "FROM scratch\nEXPOSE 80:80",
    "FROM scratch\nEXPOSE 127.0.0.1::80",
    "FROM scratch\nEXPOSE :80",
    'FROM scratch\nARG P="80/tcp 90/UDP"\nEXPOSE $P',
    "FROM scratch\nEXPOSE $P",
    "FROM scratch\nCOPY Dockerfile $P/",
    "FROM scratch\nCOPY Dockerfile ${P:-/a}",
    "FROM scratch\nARG P\nCOPY Dockerfile $P/",
    "FROM scratch AS a\nARG P\nFROM a\nCOPY Dockerfile $P/",
    "FROM scratch\nENV P=a\nCOPY Dockerfile $P/",
    "FROM scratch\nCOPY Dockerfile $PATH/",
    "FROM scratch\nRUN echo $P",
    "FROM scratch\nRUN --mount=type=cache,target=$P/a true",
    "FROM scratch\nARG A=$P",
    "FROM scratch\nUSER $P",
    "FROM scratch\nLABEL a=$P",
    "FROM scratch\nCOPY --chown=$P Dockerfile /",
    "FROM scratch\nCOPY <<EOF /a\n$P\nEOF",
    "FROM scratch\nCOPY <<'EOF' /a\n$P\nEOF",
    "ARG A=$P\nFROM scratch",
    "ARG A\nFROM scratch$A",
    "FROM scratch$A",
    "ARG A=scratch\nFROM $A",
    "ARG A\nFROM ${A:-scratch}",
    "ARG A=/\nFROM scratch AS x$A",
    "FROM --platform=linux/amd64 scratch",
    "FROM --platform=linux/amd64 scratch AS amd64",
    "FROM --platform=linux/amd64 scratch AS a-linux",
    "FROM --platform=linux scratch AS a",
    "FROM --platform=$BUILDPLATFORM scratch",
    "FROM --platform=$TARGETPLATFORM scratch",
    "FROM --platform=${TARGETPLATFORM} scratch",
    "ARG P=linux/amd64\nFROM --platform=$P scratch",
    "FROM --platform=${P:-linux/amd64} scratch",
    "FROM scratch\nCOPY \\\n\nDockerfile /",
    "FROM scratch\nCOPY \\\n# c\nDockerfile /",
    "FROM scratch\nRUN <<EOF\n\na\nEOF",
    "FROM scratch AS a\nONBUILD CMD b\nFROM a",
    "FROM scratch AS a\nONBUILD WORKDIR b\nFROM a",
    "FROM scratch\n# check=skip=all\n#\nCMD a",
    "FROM scratch\n# check=skip=other\nCMD a",
    "FROM scratch\n# A comment.\nARG a",
)


def dockerfiles() -> Iterator[str]:
    """All of them, each once."""
    for line in _INSTRUCTIONS.strip("\n").split("\n"):
        for length in (32, 64, 96, 128):
            line = line.replace(f"{{{length}}}", "a" * length).replace(f"{{{length}UPPER}}", "A" * length)
        yield f"FROM scratch\n{line}\n"
    yield from (text + "\n" for text in _WHOLE)
    yield from (f"# check=error=true\n{text}\n" for text in _LINTED)

"""How ctxopt is installed anew in a test, without a network."""

import sysconfig

#: What ctxopt needs, and what builds it, is taken from the environment that the tests run in.
OFFLINE = {
    "PYTHONPATH": sysconfig.get_path("purelib"),
    "PIP_NO_DEPS": "1",
    "PIP_NO_INDEX": "1",
    # pip reads this as "no isolation".
    "PIP_NO_BUILD_ISOLATION": "0",
    "VIRTUALENV_NO_DOWNLOAD": "1",
}

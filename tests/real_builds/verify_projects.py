"""Small projects as people have them, with the junk that lies around in them, to be verified end to end."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Project:
    """The files of a project, commands for a smoke test, and the patterns that builds show to be wrong."""

    files: Mapping[str, str]
    commands: tuple[str, ...] = ()
    dropped: frozenset[str] = field(default_factory=frozenset)


_JUNK = {
    ".github/workflows/ci.yml": "name: ci\n",
    ".vscode/settings.json": "{}\n",
    "README.md": "# Read me\n",
    "tests/test_all.txt": "nothing to test\n",
    "app.log": "started\n",
}

PROJECTS: Mapping[str, Project] = {
    "node-express-like": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM node\nWORKDIR /app\nCOPY package.json ./\nRUN npm install --no-audit --no-fund\n"
            'COPY . .\nCMD ["node", "server.js"]\n',
            "package.json": '{"name": "a", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}\n',
            "server.js": "module.exports = require('is-number')(3) || process.exit(1)\n",
            "node_modules/is-number/package.json": '{"name": "is-number", "version": "0.0.1"}\n',
            ".gitignore": "node_modules\n*.log\n",
        },
        ("node -e \"require('./server')\"",),
    ),
    "node-built-in-stages": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM node AS build\nWORKDIR /src\nCOPY package.json ./\n"
            "RUN npm install --no-audit --no-fund\n"
            "COPY . .\nRUN npm run build\nFROM node\nWORKDIR /app\nCOPY --from=build /src/dist ./\n",
            "package.json": '{"name": "b", "version": "1.0.0", "scripts": {"build": "node build.js"}, '
            '"devDependencies": {"ms": "2.1.3"}}\n',
            "build.js": "const fs = require('fs'); fs.mkdirSync('dist', {recursive: true});\n"
            "fs.writeFileSync('dist/main.js', `console.log(${require('ms')('1s')})`)\n",
            "dist/old.js": "old\n",
            ".gitignore": "node_modules\ndist\n*.log\n",
        },
        ("node main.js",),
    ),
    "python-with-requirements": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM python\nWORKDIR /app\nCOPY requirements.txt .\n"
            'RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nCMD ["python", "app.py"]\n',
            "requirements.txt": "six==1.16.0\n",
            "app.py": "import six\nprint(six.__version__)\n",
            ".venv/pyvenv.cfg": "home = /usr/bin\n",
            ".gitignore": ".venv\n__pycache__\n*.log\n",
        },
        ("python app.py",),
    ),
    "python-everything-first": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install --no-cache-dir idna==3.7\n"
            'CMD ["python", "-m", "service"]\n',
            "service/__init__.py": "",
            "service/__main__.py": "import idna\nprint(idna.encode('a').decode())\n",
            "service/__pycache__/x.cpython-311.pyc": "junk\n",
        },
        ("python -m service",),
    ),
    "python-prompt-at-run-time": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM python\nWORKDIR /app\nCOPY . .\nCMD python app.py\n",
            "app.py": "from pathlib import Path\nprint(max(Path('tes' + 'ts').iterdir()).read_text())\n",
        },
        ("python app.py",),
        frozenset({"tests"}),
    ),
    "make": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM gcc\nWORKDIR /src\nCOPY . .\nRUN make\n",
            "Makefile": "all: out/data\nout/data: data/*.txt\n\tmkdir -p out\n\tcat $^ > $@\n",
            "data/a.txt": "a\n",
            "data/b.txt": "b\n",
        },
        ("grep a out/data",),
    ),
    "shell-script": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM busybox\nWORKDIR /app\nCOPY . .\nRUN sh scripts/build.sh\nCMD sh run.sh\n",
            "scripts/build.sh": "set -e\n. ./scripts/common.sh\necho built by $NAME > built\n",
            "scripts/common.sh": "NAME=common\n",
            "run.sh": "cat built\n",
        },
        ("sh run.sh",),
    ),
    "git-version": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM python\nWORKDIR /app\nCOPY . .\nRUN git describe --always > VERSION\n",
            "main.py": "print(open('VERSION').read())\n",
        },
        ("python main.py",),
    ),
    "multi-stage-with-parts": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM busybox AS assets\nWORKDIR /w\nCOPY . .\nRUN mkdir /out && cp -r assets /out/assets\n"
            "FROM busybox\nCOPY --from=assets /out /srv\nCOPY main.sh /srv/\n",
            "assets/style.css": "a {}\n",
            "main.sh": "cat /srv/assets/style.css\n",
        },
        ("sh /srv/main.sh",),
    ),
    "static-site": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM nginx\nCOPY public /usr/share/nginx/html\n",
            "public/index.html": "<h1>hello</h1>\n",
            "public/.DS_Store": "junk\n",
        },
        ("cat /usr/share/nginx/html/index.html",),
    ),
    "monorepo-service": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM node\nWORKDIR /app\nCOPY packages/lib packages/lib\nCOPY packages/web packages/web\n"
            "RUN node packages/web/build.js\n",
            "packages/lib/index.js": "module.exports = 1\n",
            "packages/web/build.js": "require('../lib'); require('fs').writeFileSync('/built', 'ok')\n",
            "packages/other/big.txt": "x" * 2000,
        },
        ("cat /built",),
    ),
    "random-build-id": Project(
        {
            **_JUNK,
            "Dockerfile": "FROM busybox\nWORKDIR /app\nCOPY . .\nRUN head -c 16 /dev/urandom > build-id\n",
            "main.sh": "wc -c < build-id\n",
        },
        ("sh main.sh",),
    ),
}

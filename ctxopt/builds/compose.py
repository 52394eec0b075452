"""The builds that a Compose file declares.

Follows compose-go: interpolation and the `.env` file, `extends`, `include`, and how they are merged.
Profiles are not looked at, since each of them can be built.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ctxopt.builds import dotenv, yaml_tree
from ctxopt.builds.build import Declared, Unresolved
from ctxopt.builds.interpolate import InvalidTemplateError, MissingVariableError, interpolate
from ctxopt.builds.partial import Partial, Unknown, Value, finish, is_remote
from ctxopt.builds.reading import Budget, LeadsOut, read_text, relative_to
from ctxopt.builds.yaml_tree import Map, Node, Scalar, Sequence
from ctxopt.errors import CtxoptError

#: Maximum number of file reads for one declaration, and maximum length of a chain of `extends` or `include`.
_MOST_FILES = 200
_LONGEST_CHAIN = 50


def read(path: str, shown: str, *, environment: Mapping[str, str] | None = None, root: str | None = None) -> Declared:
    """The build of every service that has one, in a Compose file and the files that it includes.

    `shown` is the file's name for people. `environment` is the process's own by default; the `.env` file
    beside the Compose file sets only what it does not. Links to files may not lead out of `root`, which is the
    Compose file's directory by default. Raises CtxoptError for a file that Compose would refuse.
    """
    path = os.path.abspath(path)
    directory = os.path.dirname(path)
    reader = _Reader(path, shown, root or directory)
    variables = reader.variables((os.path.join(directory, ".env"),), os.environ if environment is None else environment)
    try:
        services = reader.project((path,), directory, variables, ())
    except LeadsOut:
        raise CtxoptError(
            "it is a symbolic link that leads out of the project", file=shown, hint="put the file itself there"
        ) from None
    builds = []
    for name, service in services.items():
        if service.build is None:
            continue
        origin = f"{service.shown}: service {name}"
        finished = finish(service.whole(), origin, service.shown, service.directory)
        builds += [finished.build] if finished.build is not None else []
        reader.unresolved |= dict.fromkeys(finished.unresolved)
    return Declared(tuple(builds), tuple(reader.notes), tuple(reader.unresolved))


class _Skipped(Exception):
    """A service or a file that is skipped; `str()` says why, for people."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """The scope of a value: its file, the directory that paths are relative to, and the variables."""

    path: str
    shown: str
    directory: str
    variables: Mapping[str, str]
    #: Distinguishes projects: the same file can be included with other variables.
    project: int


@dataclass(frozen=True, slots=True)
class _Service:
    """The build of a service. The parts named in `fresh` are not merged with a base."""

    shown: str
    directory: str
    build: Partial | None
    platform: Value | None = None
    fresh: frozenset[str] = frozenset()

    def over(self, base: "_Service") -> "_Service":
        """This service merged over a base that it extends."""
        build = self.build
        if "service" in self.fresh:
            return self
        if base.build is not None and "build" not in self.fresh:
            build = base.build if build is None else _extended(build, base.build, self.fresh)
        inherited = None if "platform" in self.fresh else base.platform
        return replace(self, build=build, platform=inherited if self.platform is None else self.platform)

    def whole(self) -> Partial:
        """The build, with the platform that the service asks for."""
        build = self.build or Partial()
        return build if self.platform is None else replace(build, platforms=(self.platform,))


def _extended(build: Partial, base: Partial, fresh: frozenset[str]) -> Partial:
    joined = build.platforms if "platforms" in fresh else (*base.platforms, *build.platforms)
    return replace(build.over(base, fresh), platforms=joined)


class _Reader:
    """Reads one Compose file and what it refers to; collects notes, and counts what is read."""

    def __init__(self, path: str, shown: str, root: str) -> None:
        self.notes: dict[str, None] = {}
        self.unresolved: dict[Unresolved, None] = {}
        self._main = path
        self._shown_main = shown
        self._root = root
        self._budget = Budget(shown)
        self._files = 0
        self._parsed: dict[str, tuple[Node, ...]] = {}
        self._services: dict[tuple[int, str, int, str, str], _Service | None] = {}

    def variables(self, paths: tuple[str, ...], environment: Mapping[str, str]) -> Mapping[str, str]:
        """The environment, and the variables of `.env` files that it does not set. Unreadable files are skipped."""
        for path in paths:
            shown = self._shown(path)
            try:
                text = read_text(path, shown, self._root)
            except LeadsOut:
                self._unresolved(shown, shown, "it is a symbolic link that leads out of the project")
                continue
            except CtxoptError as error:
                self.unresolved[Unresolved.by_error(error, shown)] = None
                continue
            if text is not None:
                environment = dotenv.parse(text, environment, self._budget)
        return environment

    def project(
        self, paths: tuple[str, ...], directory: str, variables: Mapping[str, str], including: tuple[str, ...]
    ) -> dict[str, _Service]:
        """The services of a Compose file, the first of the paths, and of those that override it."""
        services: dict[str, _Service] = {}
        number = self._files
        for path in paths:
            scope = _Scope(path, self._shown(path), directory, variables, number)
            for place, document in enumerate(self._documents(scope)):
                own = self._document(document, place, scope, (*including, paths[0]))
                for name, service in own.items():
                    services[name] = service.over(services[name]) if name in services else service
        return services

    def _document(self, document: Map, place: int, scope: _Scope, including: tuple[str, ...]) -> dict[str, _Service]:
        services: dict[str, _Service] = {}
        nodes = _services(document, scope)
        for name, node in nodes.items():
            try:
                service = self._service(name, node, nodes, scope, place, ())
            except _Skipped as reason:
                self._unresolved(f"{scope.shown}: service {name}", scope.shown, str(reason), node.line)
                continue
            if service is not None:
                services[name] = service
        for item in _sequence(document.entries.get("include"), "include", scope):
            try:
                included = self._include(item, scope, including)
            except _Skipped as reason:
                self._unresolved(scope.shown, scope.shown, f"{reason}, so its services are unknown", item.line)
                continue
            for name, service in included.items():
                if services.setdefault(name, service) != service:
                    twice = "it is declared in more than one place, which Compose refuses"
                    self._unresolved(f"{scope.shown}: service {name}", scope.shown, twice)
        return services

    def _documents(self, scope: _Scope) -> tuple[Map, ...]:
        self._files += 1
        if self._files > _MOST_FILES:
            raise CtxoptError(f"it reads more than {_MOST_FILES} files", file=self._shown_main)
        if scope.path not in self._parsed:
            text = read_text(scope.path, scope.shown, self._root)
            if text is None:
                raise CtxoptError("there is no such file", file=scope.shown)
            self._parsed[scope.path] = yaml_tree.parse(text, scope.shown, self._budget)
        documents = self._parsed[scope.path]
        for document in documents:
            _map(document, "a Compose file", scope)
        return tuple(document for document in documents if isinstance(document, Map))

    def _include(self, item: Node, scope: _Scope, including: tuple[str, ...]) -> dict[str, _Service]:
        """The services of an included project. Raises _Skipped."""
        entries = item.entries if isinstance(item, Map) else {"path": item}
        names = self._texts(entries.get("path"), "include", scope)
        if not names:
            raise CtxoptError("include names no file", file=scope.shown, line=item.line)
        paths = []
        for name in names:
            if is_remote(name) or name.startswith("oci:"):
                raise _Skipped(f"{name} is not a file here")
            paths.append(os.path.normpath(os.path.join(scope.directory, name)))
            if not os.path.lexists(paths[-1]):
                raise CtxoptError(f"it includes {name}, which does not exist", file=scope.shown, line=item.line)
        if paths[0] in including:
            raise CtxoptError(f"it is included again by way of {names[0]}", file=scope.shown, line=item.line)
        if len(including) >= _LONGEST_CHAIN:
            raise CtxoptError(
                f"files include each other more than {_LONGEST_CHAIN} times", file=scope.shown, line=item.line
            )
        given = self._text(entries.get("project_directory"), "project_directory", scope)
        directory = os.path.normpath(os.path.join(scope.directory, given)) if given else os.path.dirname(paths[0])
        env_files = self._texts(entries.get("env_file"), "env_file", scope)
        env_paths = tuple(os.path.normpath(os.path.join(scope.directory, name)) for name in env_files)
        variables = self.variables(env_paths or (os.path.join(directory, ".env"),), scope.variables)
        try:
            return self.project(tuple(paths), directory, variables, including)
        except LeadsOut as link:
            raise _Skipped(f"{link} is a symbolic link that leads out of the project") from None

    def _service(
        self,
        name: str,
        node: Node,
        siblings: Mapping[str, Node],
        scope: _Scope,
        document: int,
        chain: tuple[tuple[str, str], ...],
    ) -> _Service | None:
        """A service with what it extends; None if it is removed. Raises _Skipped."""
        key = (scope.project, scope.path, document, scope.directory, name)
        if key not in self._services:
            place = (scope.path, name)
            if place in chain:
                raise CtxoptError(f"service {name} extends itself", file=scope.shown, line=node.line)
            if len(chain) >= _LONGEST_CHAIN:
                raise CtxoptError(
                    f"services extend each other more than {_LONGEST_CHAIN} times", file=scope.shown, line=node.line
                )
            self._services[key] = self._extend(name, node, siblings, scope, document, (*chain, place))
        return self._services[key]

    def _extend(
        self,
        name: str,
        node: Node,
        siblings: Mapping[str, Node],
        scope: _Scope,
        document: int,
        chain: tuple[tuple[str, str], ...],
    ) -> _Service | None:
        if node.tag == "!reset":
            return None
        entries = _map(node, f"service {name}", scope)
        service = self._own(node, entries, scope)
        extends = entries.get("extends")
        if extends is None:
            return service
        if isinstance(extends, Map):
            base_name = self._text(extends.entries.get("service"), "extends.service", scope)
            file = self._text(extends.entries.get("file"), "extends.file", scope)
        else:
            base_name, file = self._text(extends, "extends", scope), None
        if not base_name:
            raise CtxoptError("extends names no service", file=scope.shown, line=extends.line)
        if file:
            scope, documents = self._extended_file(file, scope, extends.line)
            found = next((number for number, nodes in enumerate(documents) if base_name in nodes), None)
            siblings, document = ({}, 0) if found is None else (documents[found], found)
        if base_name not in siblings:
            where = f"{base_name} of {file}" if file else base_name
            raise CtxoptError(
                f"service {name} extends {where}, which does not exist", file=service.shown, line=extends.line
            )
        base = self._service(base_name, siblings[base_name], siblings, scope, document, chain)
        if base is None:
            return service
        self._budget.spend(len(base.build.args) if base.build else 1)
        return service.over(base)

    def _extended_file(self, file: str, scope: _Scope, line: int) -> tuple[_Scope, list[Mapping[str, Node]]]:
        """The services of another file, and the scope they are in: paths are relative to that file."""
        if is_remote(file) or file.startswith("oci:"):
            raise _Skipped(f"it extends a service of {file}, which is not a file here")
        path = os.path.normpath(os.path.join(scope.directory, file))
        if not os.path.lexists(path):
            raise CtxoptError(f"it extends a service of {file}, which does not exist", file=scope.shown, line=line)
        other = _Scope(path, self._shown(path), os.path.dirname(path), scope.variables, scope.project)
        try:
            return other, [_services(document, other) for document in self._documents(other)]
        except LeadsOut:
            raise _Skipped(f"it extends a service of {file}, a symbolic link that leads out of the project") from None

    def _own(self, node: Node, entries: Mapping[str, Node], scope: _Scope) -> _Service:
        """What a service declares itself."""
        fresh = {name for name in ("build", "platform") if name in entries and _is_fresh(entries[name])}
        if _is_fresh(node):
            fresh.add("service")
        build = None
        declared = _kept(entries, "build")
        if isinstance(declared, Map):
            parts = declared.entries
            fresh |= {_PARTS.get(name, name) for name, part in parts.items() if _is_fresh(part)}
            build = self._build(parts, scope)
        elif declared is not None:
            context = self._value(declared, "build", scope)
            build = None if context is None else Partial(context=_placed(context, scope))
        platform = self._value(_kept(entries, "platform"), "platform", scope)
        return _Service(scope.shown, scope.directory, build, platform, frozenset(fresh))

    def _build(self, parts: Mapping[str, Node], scope: _Scope) -> Partial:
        context = self._value(_kept(parts, "context"), "build.context", scope)
        dockerfile = self._value(_kept(parts, "dockerfile"), "build.dockerfile", scope)
        inline = self._value(_kept(parts, "dockerfile_inline"), "build.dockerfile_inline", scope)
        if dockerfile and inline:
            line = parts["dockerfile_inline"].line
            raise CtxoptError(
                "dockerfile and dockerfile_inline are mutually exclusive",
                file=scope.shown,
                line=line,
                hint="keep one of them",
            )
        platforms = _sequence(_kept(parts, "platforms"), "build.platforms", scope)
        values = (self._value(item, "build.platforms", scope) for item in platforms)
        contexts = self._pairs(_kept(parts, "additional_contexts"), "build.additional_contexts", scope)
        return Partial(
            None if context is None else _placed(context, scope),
            dockerfile,
            inline,
            self._value(_kept(parts, "target"), "build.target", scope),
            tuple(value for value in values if value is not None),
            {
                name: scope.variables.get(name) if value is None else value
                for name, value in self._pairs(_kept(parts, "args"), "build.args", scope).items()
            },
            {name: None if value is None else _placed(value, scope) for name, value in contexts.items()},
        )

    def _pairs(self, node: Node | None, what: str, scope: _Scope) -> dict[str, Value | None]:
        """Names and values, from a mapping or from a list of `name=value`."""
        if isinstance(node, Map):
            self._budget.spend(len(node.entries))
            return {name: self._value(value, f"{what}.{name}", scope) for name, value in node.entries.items()}
        pairs: dict[str, Value | None] = {}
        for item in _sequence(node, what, scope):
            self._budget.spend(1)
            value = self._value(item, f"{what}.{_written_name(item)}", scope)
            if isinstance(value, Unknown):
                pairs[_written_name(item)] = value
            elif value is not None:
                name, equals, text = value.partition("=")
                pairs[name] = text if equals else None
        return pairs

    def _value(self, node: Node | None, what: str, scope: _Scope) -> Value | None:
        """A text with its variables replaced, Unknown if one is demanded that has no value; None for null."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            raise CtxoptError(f"{what} must be a text", file=scope.shown, line=node.line)
        if node.text is None:
            return None
        try:
            text = interpolate(node.text, scope.variables.get, lambda name: self._unset(name, scope))
        except MissingVariableError as name:
            return Unknown(f"{what} needs the variable {name}, which is not set")
        except InvalidTemplateError as problem:
            raise CtxoptError(f"{what}: {problem}", file=scope.shown, line=node.line) from None
        self._budget.spend(1 + len(text) // 16)
        return text

    def _text(self, node: Node | None, what: str, scope: _Scope) -> str | None:
        """The same for a value without which nothing else can be read. Raises _Skipped."""
        value = self._value(node, what, scope)
        if isinstance(value, Unknown):
            raise _Skipped(value.why)
        return value

    def _texts(self, node: Node | None, what: str, scope: _Scope) -> list[str]:
        items = node.items if isinstance(node, Sequence) else (node,)
        return [text for item in items if (text := self._text(item, what, scope))]

    def _unset(self, name: str, scope: _Scope) -> None:
        self._note(f"{scope.shown}: the variable {name} is not set; as in Compose, it counts as empty")

    def _note(self, text: str) -> None:
        self.notes[text] = None

    def _unresolved(self, origin: str, file: str, reason: str, line: int | None = None) -> None:
        self.unresolved[Unresolved(origin, file, reason, line)] = None

    def _shown(self, path: str) -> str:
        """A file's name for people, relative to that of the main file."""
        if path == self._main:
            return self._shown_main
        relative = relative_to(os.path.dirname(self._main), path)
        return os.path.normpath(os.path.join(os.path.dirname(self._shown_main), relative)).replace(os.sep, "/")


#: The parts of a build that have other names in `Partial`.
_PARTS = {"dockerfile_inline": "inline", "additional_contexts": "contexts"}


def _is_fresh(node: Node) -> bool:
    return node.tag in ("!reset", "!override")


def _kept(entries: Mapping[str, Node], name: str) -> Node | None:
    node = entries.get(name)
    return None if node is not None and node.tag == "!reset" else node


def _written_name(item: Node) -> str:
    return (item.text or "").partition("=")[0] if isinstance(item, Scalar) else ""


def _placed(context: Value, scope: _Scope) -> Value:
    """A local context as an absolute path, so that it stays valid when the service is merged."""
    if isinstance(context, Unknown) or is_remote(context):
        return context
    return os.path.normpath(os.path.join(scope.directory, context))


def _services(document: Map, scope: _Scope) -> Mapping[str, Node]:
    services = document.entries.get("services")
    return {} if services is None else _map(services, "services", scope)


def _map(node: Node, what: str, scope: _Scope) -> Mapping[str, Node]:
    """The entries of a mapping; null has none."""
    if isinstance(node, Map):
        return node.entries
    if isinstance(node, Scalar) and node.text is None:
        return {}
    raise CtxoptError(f"{what} must be a mapping", file=scope.shown, line=node.line)


def _sequence(node: Node | None, what: str, scope: _Scope) -> tuple[Node, ...]:
    if isinstance(node, Sequence):
        return node.items
    if node is None or (isinstance(node, Scalar) and node.text is None):
        return ()
    raise CtxoptError(f"{what} must be a list", file=scope.shown, line=node.line)

"""The builds that Compose files declare.

Follows compose-go: interpolation and the `.env` file, `extends`, `include`, files that are read together, and how all
of these are merged, with `!reset` and `!override`. Profiles are not looked at, since each of them can be built.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from ctxopt.builds import dotenv, yaml_tree
from ctxopt.builds.build import Declared, DeclaringFile, Unresolved
from ctxopt.builds.compose_service import Scope, Service
from ctxopt.builds.interpolate import InvalidTemplateError, MissingVariableError, interpolate
from ctxopt.builds.partial import Filled, Partial, Unknown, Value, as_written, finish, is_remote, path_in
from ctxopt.builds.reading import Budget, LeadsOut, inside, is_outside, read_text, relative_to
from ctxopt.builds.yaml_tree import Map, Node, Scalar
from ctxopt.builds.yaml_tree import Sequence as List
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.errors import CtxoptError

#: Maximum number of file reads for one declaration, and maximum length of a chain of `extends` or `include`.
_MOST_FILES = 200
_LONGEST_CHAIN = 50

#: The characters that the name of a project has.
_NO_NAME = lazy_re(r"[^a-z0-9_-]")


@dataclass(frozen=True, slots=True)
class DeclaredService:
    """A service with a build: what it declares, its file for people, and the directory of a context that is not set.

    `bake` is what `x-bake` adds to it for buildx.
    """

    partial: Partial
    shown: str
    directory: str
    bake: Partial = field(default_factory=Partial)

    def for_bake(self, directory: str) -> Partial:
        """What buildx builds for it, where paths of `x-bake` count from `directory`."""
        contexts = {
            name: value if not isinstance(value, str) or is_remote(value) else os.path.join(directory, value)
            for name, value in self.bake.contexts.items()
        }
        return replace(
            self.partial,
            platforms=tuple(dict.fromkeys((*self.partial.platforms, *self.bake.platforms))),
            contexts={**contexts, **self.partial.contexts},
        )


def read(
    files: Sequence[DeclaringFile],
    directory: str | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    root: str | None = None,
) -> Declared:
    """The build of every service that has one, in Compose files that are merged, and in what they include.

    `directory` is that of the project: by default that of the first file. `environment` is the process's own by
    default; the `.env` file of the project sets only what it does not. Links to files may not lead out of `root`,
    which is the project's directory by default. Raises CtxoptError for a file that Compose would refuse.
    """
    reader, services = _services_of(files, directory, environment, root)
    builds = []
    for name, service in services.items():
        origin = f"{service.shown}: service {name}"
        made = {origin: service.partial}
        if service.bake != Partial():
            made[f"{origin}, by bake"] = service.for_bake(reader.directory)
        for one, partial in made.items():
            finished = finish(partial, one, service.shown, service.directory)
            builds += [finished.build] if finished.build is not None else []
            reader.unresolved |= dict.fromkeys(finished.unresolved)
    return Declared(tuple(builds), tuple(reader.notes), tuple(reader.unresolved))


def partials(
    files: Sequence[DeclaringFile],
    directory: str | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    root: str | None = None,
) -> Mapping[str, DeclaredService]:
    """The services that have a build, by their names, before their builds are complete. Raises CtxoptError."""
    return _services_of(files, directory, environment, root)[1]


def _services_of(
    files: Sequence[DeclaringFile],
    directory: str | None,
    environment: Mapping[str, str] | None,
    root: str | None,
) -> "tuple[_Reader, dict[str, DeclaredService]]":
    files = [replace(file, path=os.path.abspath(file.path)) for file in files]
    directory = os.path.abspath(directory) if directory is not None else os.path.dirname(files[0].path)
    reader = _Reader(files, directory, root or directory)
    given = os.environ if environment is None else environment
    variables = reader.variables((os.path.join(directory, ".env"),), given)
    try:
        variables = {"COMPOSE_PROJECT_NAME": reader.project_name(variables), **variables}
        services = reader.project(tuple(file.path for file in files), directory, variables, ())
    except LeadsOut as link:
        raise CtxoptError(
            "it is a symbolic link that leads out of the project", file=str(link), hint="put the file itself there"
        ) from None
    return reader, {
        name: DeclaredService(_with_values(service.whole(), variables), service.shown, service.directory, service.bake)
        for name, service in services.items()
        if service.build is not None
    }


def _with_values(partial: Partial, variables: Mapping[str, str]) -> Partial:
    """A build whose arguments without a value have that of the project's environment, also those of an include."""
    args = {name: _from(variables, name) if value is None else value for name, value in partial.args.items()}
    return replace(partial, args=args)


def _from(variables: Mapping[str, str], name: str) -> str | None:
    value = variables.get(name)
    return None if value is None else Filled(value, f"${{{name}}}")


#: What decides which files a build is made of: without its value, nothing is known.
_DECIDING = ("build", "build.context", "build.dockerfile", "build.target")


class _Skipped(Exception):
    """A service or a file that is skipped; `str()` says why, for people."""


class _Reader:
    """Reads one Compose file and what it refers to; collects notes, and counts what is read."""

    def __init__(self, files: Sequence[DeclaringFile], directory: str, root: str) -> None:
        self.notes: dict[str, None] = {}
        self.unresolved: dict[Unresolved, None] = {}
        self._given = {file.path: file for file in files}
        self._first = files[0]
        self.directory = directory
        self._root = root
        self._budget = Budget(files[0].shown)
        self._files = 0
        self._parsed: dict[str, tuple[Node, ...]] = {}
        self._services: dict[tuple[int, str, int, str, str], Service | None] = {}

    def project_name(self, variables: Mapping[str, str]) -> str:
        """The name of the project, which its files can refer to."""
        name = variables.get("COMPOSE_PROJECT_NAME", "")
        scope = Scope(self._first.path, self._first.shown, self.directory, variables, 0)
        for path in () if name else tuple(self._given):
            for document in self._documents(replace(scope, path=path, shown=self._shown(path))):
                try:
                    name = self._text(document.entries.get("name"), "name", scope) or name
                except _Skipped:
                    continue
        return name or _NO_NAME.sub("", os.path.basename(self.directory).lower()).lstrip("_-")

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
    ) -> dict[str, Service]:
        """The services of a Compose file, the first of the paths, and of those that override it."""
        services: dict[str, Service] = {}
        number = self._files
        for path in paths:
            scope = Scope(path, self._shown(path), directory, variables, number)
            for index, document in enumerate(self._documents(scope)):
                own = self._document(document, index, scope, (*including, paths[0]))
                if _is_fresh(document) or _is_fresh(document.entries.get("services")):
                    services = {}
                for name, service in own.items():
                    if service is not None:
                        services[name] = service.over(services[name]) if name in services else service
                    else:
                        services.pop(name, None)
        return services

    def _document(
        self, document: Map, index: int, scope: Scope, including: tuple[str, ...]
    ) -> dict[str, Service | None]:
        """The services of a document, with those that it includes; None for one that it removes."""
        services: dict[str, Service | None] = {}
        for item in _sequence(document.entries.get("include"), "include", scope):
            try:
                for name, service in self._include(item, scope, including).items():
                    earlier = services.get(name)
                    services[name] = service if earlier is None else earlier.over(service)
            except _Skipped as reason:
                self._unresolved(scope.shown, scope.shown, f"{reason}, so its services are unknown", item.line)
        included = {name: service for name, service in services.items() if service is not None}
        nodes = _services(document, scope)
        for name, node in nodes.items():
            try:
                own = self._service(name, node, _Siblings(nodes, included), scope, index, ())
            except _Skipped as reason:
                self._unresolved(f"{scope.shown}: service {name}", scope.shown, str(reason), node.line)
                continue
            services[name] = own.over(included[name]) if own is not None and name in included else own
        return services

    def _documents(self, scope: Scope) -> tuple[Map, ...]:
        self._files += 1
        if self._files > _MOST_FILES:
            raise CtxoptError(f"it reads more than {_MOST_FILES} files", file=self._first.shown)
        if scope.path not in self._parsed:
            given = self._given.get(scope.path)
            text = given.text if given is not None and given.text is not None else self._read(scope)
            if text is None:
                raise CtxoptError("there is no such file", file=scope.shown)
            self._parsed[scope.path] = yaml_tree.parse(text, scope.shown, self._budget, times=True)
        documents = self._parsed[scope.path]
        for document in documents:
            _map(document, "a Compose file", scope)
        return tuple(document for document in documents if isinstance(document, Map))

    def _read(self, scope: Scope) -> str | None:
        """The text of a file; one that was named may lie anywhere."""
        root = os.path.dirname(scope.path) if scope.path in self._given else self._root
        return read_text(scope.path, scope.shown, self._root if inside(self._root, scope.path) else root)

    def _check_inside(self, path: str, what: str) -> None:
        """Raise _Skipped for a file that a declaration names and that is outside of the project."""
        if is_outside(path, self._root, self.directory):
            raise _Skipped(f"{what}, which is outside of the project")

    def _include(self, item: Node, scope: Scope, including: tuple[str, ...]) -> dict[str, Service]:
        """The services of an included project. Raises _Skipped."""
        entries = item.entries if isinstance(item, Map) else {"path": item}
        names = self._texts(entries.get("path"), "include", scope)
        if not names:
            raise CtxoptError("include names no file", file=scope.shown, line=item.line)
        paths = []
        for name in names:
            if is_remote(name) or name.startswith("oci:"):
                raise _Skipped(f"{as_written(name)} is not a file here")
            paths.append(path_in(scope.directory, name))
            self._check_inside(paths[-1], f"it includes {as_written(name)}")
            if not os.path.lexists(paths[-1]):
                problem = f"it includes {as_written(name)}, which does not exist"
                raise CtxoptError(problem, file=scope.shown, line=item.line)
        if paths[0] in including:
            problem = f"it is included again by way of {as_written(names[0])}"
            raise CtxoptError(problem, file=scope.shown, line=item.line)
        if len(including) >= _LONGEST_CHAIN:
            raise CtxoptError(
                f"files include each other more than {_LONGEST_CHAIN} times", file=scope.shown, line=item.line
            )
        given = self._text(entries.get("project_directory"), "project_directory", scope)
        directory = path_in(scope.directory, given) if given else os.path.dirname(paths[0])
        env_files = self._texts(entries.get("env_file"), "env_file", scope)
        env_paths = tuple(path_in(scope.directory, name) for name in env_files) or (path_in(directory, ".env"),)
        for path in env_paths:
            self._check_inside(path, f"its include reads {as_written(path)}")
        variables = self.variables(env_paths, scope.variables)
        try:
            return self.project(tuple(paths), directory, variables, including)
        except LeadsOut as link:
            raise _Skipped(f"{link} is a symbolic link that leads out of the project") from None

    def _service(
        self,
        name: str,
        node: Node,
        siblings: "_Siblings",
        scope: Scope,
        document: int,
        chain: tuple[tuple[str, str], ...],
    ) -> Service | None:
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
        siblings: "_Siblings",
        scope: Scope,
        document: int,
        chain: tuple[tuple[str, str], ...],
    ) -> Service | None:
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
            siblings, document = (_Siblings({}), 0) if found is None else (_Siblings(documents[found]), found)
        if base_name not in siblings.nodes:
            if base_name in siblings.included:
                return service.over(siblings.included[base_name])
            where = as_written(base_name) + (f" of {as_written(file)}" if file else "")
            raise CtxoptError(
                f"service {name} extends {where}, which does not exist", file=service.shown, line=extends.line
            )
        base = self._service(base_name, siblings.nodes[base_name], siblings, scope, document, chain)
        if base is None:
            return service
        self._budget.spend(len(base.build.args) if base.build else 1)
        return service.over(base)

    def _extended_file(self, file: str, scope: Scope, line: int) -> tuple[Scope, list[Mapping[str, Node]]]:
        """The services of another file, and the scope they are in: paths are relative to that file."""
        if is_remote(file) or file.startswith("oci:"):
            raise _Skipped(f"it extends a service of {as_written(file)}, which is not a file here")
        path = path_in(scope.directory, file)
        what = f"it extends a service of {as_written(file)}"
        self._check_inside(path, what)
        if not os.path.lexists(path):
            raise CtxoptError(f"{what}, which does not exist", file=scope.shown, line=line)
        other = Scope(path, self._shown(path), os.path.dirname(path), scope.variables, scope.project)
        try:
            return other, [_services(document, other) for document in self._documents(other)]
        except LeadsOut:
            raise _Skipped(f"{what}, a symbolic link that leads out of the project") from None

    def _own(self, node: Node, entries: Mapping[str, Node], scope: Scope) -> Service:
        """What a service declares itself, and which parts of others it replaces."""
        resets: set[tuple[str, ...]] = {(name,) for name in ("build", "platform") if _is_fresh(entries.get(name))}
        if _is_fresh(node):
            resets.add(())
        build, bake = None, Partial()
        declared = _kept(entries, "build")
        if isinstance(declared, Map):
            resets |= _resets(declared.entries)
            build = self._build(declared.entries, scope)
            bake = self._for_bake(_kept(declared.entries, "x-bake"), scope)
        elif declared is not None:
            context = self._value(declared, "build", scope)
            build = None if context is None else Partial(context=_placed(context, scope))
        platform = self._value(_kept(entries, "platform"), "platform", scope)
        return Service(scope.shown, scope.directory, build, platform, frozenset(resets), bake)

    def _for_bake(self, node: Node | None, scope: Scope) -> Partial:
        """The parts of `x-bake` that decide what a build reads, and for which platform."""
        parts = node.entries if isinstance(node, Map) else {}
        what, written = "build.x-bake.platforms", _kept(parts, "platforms")
        items = (written,) if isinstance(written, Scalar) else _sequence(written, what, scope)
        platforms: list[Value] = []
        for value in (self._value(item, what, scope) for item in items):
            # Several may be in one text.
            platforms += value.split() if isinstance(value, str) else [value] if value is not None else []
        contexts = _kept(parts, "contexts")
        pairs = self._pairs(contexts, "build.x-bake.contexts", scope) if isinstance(contexts, Map) else {}
        return Partial(platforms=tuple(platforms), contexts=pairs)

    def _build(self, parts: Mapping[str, Node], scope: Scope) -> Partial:
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
            self._pairs(_kept(parts, "args"), "build.args", scope),
            {name: None if value is None else _placed(value, scope) for name, value in contexts.items()},
        )

    def _pairs(self, node: Node | None, what: str, scope: Scope) -> dict[str, Value | None]:
        """Names and values, from a mapping or from a list of `name=value`."""
        if isinstance(node, Map):
            self._budget.spend(len(node.entries))
            return {
                name: self._value(value, f"{what}.{name}", scope)
                for name, value in node.entries.items()
                if value.tag != "!reset"
            }
        pairs: dict[str, Value | None] = {}
        for item in _sequence(node, what, scope):
            self._budget.spend(1)
            value = self._value(item, f"{what}.{_written_name(item)}", scope)
            if isinstance(value, Filled) and "$" in _written_name(item):
                value = Unknown(f"{what}.{_written_name(item)}: a name with a variable is not resolved")
            if isinstance(value, Unknown):
                pairs[_written_name(item)] = value
            elif value is not None:
                name, equals, text = value.partition("=")
                written = as_written(value).partition("=")[2]
                pairs[name] = (Filled(text, written) if isinstance(value, Filled) else text) if equals else None
        return pairs

    def _value(self, node: Node | None, what: str, scope: Scope) -> Value | None:
        """A text with its variables replaced, Unknown if one is demanded that has no value; None for null."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            raise CtxoptError(f"{what} must be a text", file=scope.shown, line=node.line)
        if node.text is None:
            return None
        filled = False

        def value_of(name: str) -> str | None:
            nonlocal filled
            value = scope.variables.get(name)
            filled = filled or value is not None
            return value

        try:
            text = interpolate(node.text, value_of, lambda name: self._unset(name, what, scope))
        except MissingVariableError as name:
            return Unknown(f"{what} needs the variable {name}, which is not set")
        except InvalidTemplateError as problem:
            raise CtxoptError(f"{what}: {problem}", file=scope.shown, line=node.line) from None
        self._budget.spend(1 + len(text) // 16)
        return Filled(text, node.text) if filled else text

    def _text(self, node: Node | None, what: str, scope: Scope) -> str | None:
        """The same for a value without which nothing else can be read. Raises _Skipped."""
        value = self._value(node, what, scope)
        if isinstance(value, Unknown):
            raise _Skipped(value.why)
        return value

    def _texts(self, node: Node | None, what: str, scope: Scope) -> list[str]:
        items = node.items if isinstance(node, List) else (node,)
        return [text for item in items if (text := self._text(item, what, scope))]

    def _unset(self, name: str, what: str, scope: Scope) -> None:
        """Note a variable that is not set, or that nothing is known of a build whose files it decides."""
        if what in _DECIDING:
            # As Compose has it, it counts as empty here; where the build is made it may be set.
            reason = f"{what} depends on the variable {name}, which is not set"
            self._unresolved(scope.shown, scope.shown, reason)
        else:
            self._note(f"{scope.shown}: the variable {name} is not set; as in Compose, it counts as empty")

    def _note(self, text: str) -> None:
        self.notes[text] = None

    def _unresolved(self, origin: str, file: str, reason: str, line: int | None = None) -> None:
        self.unresolved[Unresolved(origin, file, reason, line)] = None

    def _shown(self, path: str) -> str:
        """A file's name for people, relative to that of the first file."""
        path = as_written(path)
        if path in self._given:
            return self._given[path].shown
        relative = relative_to(os.path.dirname(self._first.path), path)
        return os.path.normpath(os.path.join(os.path.dirname(self._first.shown), relative)).replace(os.sep, "/")


@dataclass(frozen=True, slots=True)
class _Siblings:
    """The services that one can extend without naming a file: those of its document, and those that it includes."""

    nodes: Mapping[str, Node]
    included: Mapping[str, Service] = field(default_factory=dict)


#: The parts of a build that have other names in `Partial`.
_PARTS = {"dockerfile_inline": "inline", "additional_contexts": "contexts"}


def _is_fresh(node: Node | None) -> bool:
    return node is not None and node.tag in ("!reset", "!override")


def _resets(parts: Mapping[str, Node]) -> set[tuple[str, ...]]:
    """The parts of a build that replace those of others: as a whole, or by a name in them."""
    resets: set[tuple[str, ...]] = set()
    for name, part in parts.items():
        field_name = _PARTS.get(name, name)
        if _is_fresh(part):
            resets.add(("build", field_name))
        elif field_name in ("args", "contexts") and isinstance(part, Map):
            resets |= {("build", field_name, one) for one, value in part.entries.items() if _is_fresh(value)}
    return resets


def _kept(entries: Mapping[str, Node], name: str) -> Node | None:
    node = entries.get(name)
    return None if node is not None and node.tag == "!reset" else node


def _written_name(item: Node) -> str:
    return (item.text or "").partition("=")[0] if isinstance(item, Scalar) else ""


def _placed(context: Value, scope: Scope) -> Value:
    """A local context as an absolute path, so that it stays valid when the service is merged."""
    if isinstance(context, Unknown) or is_remote(context):
        return context
    # What begins with ~ is in a home directory.
    home = os.path.expanduser(context)
    return path_in(scope.directory, context if home == context else Filled(home, as_written(context)))


def _services(document: Map, scope: Scope) -> Mapping[str, Node]:
    services = document.entries.get("services")
    return {} if services is None else _map(services, "services", scope)


def _map(node: Node, what: str, scope: Scope) -> Mapping[str, Node]:
    """The entries of a mapping; null has none."""
    if isinstance(node, Map):
        return node.entries
    if isinstance(node, Scalar) and node.text is None:
        return {}
    raise CtxoptError(f"{what} must be a mapping", file=scope.shown, line=node.line)


def _sequence(node: Node | None, what: str, scope: Scope) -> tuple[Node, ...]:
    if isinstance(node, List):
        return node.items
    if node is None or (isinstance(node, Scalar) and node.text is None):
        return ()
    raise CtxoptError(f"{what} must be a list", file=scope.shown, line=node.line)

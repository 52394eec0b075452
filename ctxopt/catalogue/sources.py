"""What the files of this package say, read from their TOML: what `make catalogue` compiles."""

from collections.abc import Mapping

from ctxopt.catalogue import (
    absent_names,
    apt_packages,
    archives,
    base_images,
    built,
    carried,
    changing,
    commands,
    development,
    ecosystems,
    end_of_life,
    entry_points,
    history,
    installs,
    operation,
    package_caches,
    plain_programs,
    removals,
    root_images,
    secret_texts,
    secret_variables,
    secrets,
    system,
    texts,
    vocabulary,
    writers,
)
from ctxopt.catalogue.tables import source_list, source_table


def sources() -> Mapping[str, object]:
    """The values of all files by the names of their compiled modules. Raises ValueError for a file that is wrong."""
    return {
        "projects": ecosystems.source_catalogue(),
        **{file.removesuffix(".toml"): source_table(kind, file) for file, kind in _TABLES.items()},
        **{file.removesuffix(".toml"): source_list(kind, file) for file, kind in _LISTS.items()},
    }


_TABLES: Mapping[str, type] = {
    "apt_packages.toml": apt_packages.AptPackages,
    "archives.toml": archives.Archives,
    "base_images.toml": base_images.Known,
    "carried.toml": carried.Carried,
    "changing.toml": changing.ChangingNames,
    "commands.toml": commands.KnownCommands,
    "development.toml": development.Development,
    "end_of_life.toml": end_of_life.EndOfLife,
    "entry_points.toml": entry_points.EntryPoints,
    "history.toml": history.History,
    "absent_names.toml": absent_names.AbsentNames,
    "operation.toml": operation.Operation,
    "plain_programs.toml": plain_programs.PlainPrograms,
    "root_images.toml": root_images.RootImages,
    "secret_variables.toml": secret_variables.SecretVariables,
    "secret_files.toml": secrets.SecretNames,
    "shells.toml": vocabulary.Shells,
    "system.toml": system.System,
    "texts.toml": texts.Texts,
}
_LISTS: Mapping[str, type] = {
    "built.toml": built.Built,
    "cautions.toml": installs.Caution,
    "installs.toml": installs.Install,
    "package_caches.toml": package_caches.PackageCache,
    "removals.toml": removals.Removal,
    "secret_texts.toml": secret_texts.SecretKind,
    "tools.toml": vocabulary.Tool,
    "wrappers.toml": vocabulary.Wrapper,
    "writers.toml": writers.Writer,
}

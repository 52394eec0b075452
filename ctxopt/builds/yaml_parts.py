"""Parts of a YAML tree, by what they should be: nothing where they are something else."""

from collections.abc import Mapping

from ctxopt.builds.yaml_tree import Map, Node, Scalar, Sequence


def entries(node: Node | None) -> Mapping[str, Node]:
    """The entries of a mapping."""
    return node.entries if isinstance(node, Map) else {}


def items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list."""
    return node.items if isinstance(node, Sequence) else ()


def text_of(node: Node | None) -> str | None:
    """The text of a scalar."""
    return node.text if isinstance(node, Scalar) else None

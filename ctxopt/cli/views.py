"""The views of a context, as options name them."""

from typing import Any

import click


class ViewChoice(click.Choice[str]):
    """A choice among views, where `classic` may be called `legacy`, as in Docker's documentation."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The view of this name; a usage error if there is none."""
        from ctxopt.config.keys import LEGACY

        return super().convert("classic" if value == LEGACY else value, param, ctx)

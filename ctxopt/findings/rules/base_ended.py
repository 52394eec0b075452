"""An image that gets no more security fixes."""

from collections.abc import Iterator

from ctxopt.core.image_reference import reference
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rule import Rule


def check(context: RuleContext) -> Iterator[Finding]:
    """Find images whose release, or whose distribution, had ended when the data were made.

    A warning for the base of the final image, a note for one that is used while building.
    """
    images = [(use, reference(use.name)) for use in context.build.plan.images]
    if not images:
        return
    # Imported here because its data take time to read.
    from ctxopt.catalogue.end_of_life import data_date, ended

    for use, image in images:
        end = ended(image)
        if end is None:
            continue
        instead = f", such as {end.instead}" if end.instead else ""
        yield Finding(
            RULE.id,
            Severity.WARNING if use.exported and use.kind == "FROM" else Severity.NOTE,
            context.build.plan.file,
            use.line,
            f"{use.name}: {end.what} has had no security fixes since {end.date}",
            f"build from a supported release{instead}",
            confidence=Confidence.MEDIUM if "$" in use.written else Confidence.HIGH,
            evidence=(f"according to endoflife.date on {data_date()}",),
            end_line=use.end_line,
        )


RULE = Rule(
    id="CTX112",
    name="base-end-of-life",
    title="Image without security fixes",
    help=(
        "Build from a release that is still supported. The dates come with ctxopt, so the result does not depend on "
        "the day of the build: an image that ends later is found with a later version of ctxopt."
    ),
    check=check,
)

"""Reads the jobs of one workflow, step by step: each step builds in the workspace that the earlier ones left."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from ctxopt.builds import yaml_tree
from ctxopt.builds.build import DeclaringFile
from ctxopt.builds.checkouts import CHECKOUT, Checkouts, own_names
from ctxopt.builds.reading import Budget, read_text
from ctxopt.builds.workflows.actions import BAKE, BUILD, as_newer, building, inputs, local_actions, used
from ctxopt.builds.workflows.bake_step import BakeSteps
from ctxopt.builds.workflows.build_step import add_build
from ctxopt.builds.workflows.found import Found
from ctxopt.builds.workflows.job import Made, Step, Workspace
from ctxopt.builds.workflows.matrix import Values, combinations_of, environment_of
from ctxopt.builds.workflows.model import JobStep
from ctxopt.builds.workflows.scripts import Scripts
from ctxopt.builds.workflows.steps import job_steps
from ctxopt.builds.yaml_parts import entries, items, text_of
from ctxopt.builds.yaml_tree import Node
from ctxopt.core.lazy_re import lazy_re

#: What may be an escape in a text of YAML.
_ESCAPED = lazy_re(r"""\\[xuU]|"[^"\n]{0,300}\\\r?\n""")


def read_workflow(file: DeclaringFile, root: str, actions: Iterable[str]) -> "Reader":
    """What was read of a workflow, nothing if it has none of the actions.

    Raises CtxoptError for what is no YAML, and LeadsOut.
    """
    text = file.text if file.text is not None else read_text(file.path, file.shown, root)
    budget = Budget(file.shown)
    reader = Reader(Found(file.shown, root, budget))
    lowered = (text or "").lower()
    if text is None:
        return reader
    has_local = (building(action, root, budget) is not None for action in local_actions(text))
    # The text of a name may be written with escapes, and its parts with more slashes.
    named = any(action.rpartition("/")[2] in lowered for action in actions) or _ESCAPED.search(text) is not None
    if not named and not any(has_local):
        return reader
    for document in yaml_tree.parse(text, file.shown, budget):
        workflow = entries(document)
        for name, job in entries(workflow.get("jobs")).items():
            reader.job(name, entries(job), environment_of(workflow.get("env")))
    return reader


class Reader:
    """Reads the jobs of one workflow; `jobs` are their steps, and `found` is what these build."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.jobs: list[tuple[JobStep, ...]] = []
        self._baked = BakeSteps(found)
        self._scripts = Scripts(found.root, found.budget)

    def job(self, name: str, job: Mapping[str, Node], environment: Mapping[str, str]) -> None:
        """Read the steps of a job."""
        found, budget = self.found, self.found.budget
        environment = {**environment, **environment_of(job.get("env"))}
        combinations = combinations_of(entries(job.get("strategy")).get("matrix"), budget)
        self.jobs.append(tuple(job_steps(job, environment, combinations, budget)))
        workspaces = [Workspace(found, Checkouts(self._own_names)) for _ in combinations]
        made = Made()
        steps = items(job.get("steps"))
        builds = any(used(entries(step))[0] in (BUILD, BAKE) for step in steps)
        for step in steps:
            parts = entries(step)
            action, _, version = used(parts)
            given = inputs(parts)
            if action == CHECKOUT:
                for workspace, combination in zip(workspaces, combinations, strict=True):
                    budget.spend(1)
                    workspace.check_out(given, Values(environment, combination), certain="if" not in parts)
            label = text_of(parts.get("name")) or f"line {step.line}"
            origin = f"{found.shown}: job {name}, step {label}"
            if action not in (BUILD, BAKE):
                self._local(origin, text_of(parts.get("uses")) or "", step.line)
                made.files |= "run" in parts or "download" in action
                for workspace in workspaces:
                    budget.spend(1)
                    made.paths |= dict.fromkeys(workspace.made_by(action, parts))
                if builds:
                    written, is_set = self._scripts.set_by(action, parts)
                    made.variables |= written
                    environment = {name: value for name, value in environment.items() if not is_set(name)}
                continue
            if action == BUILD:
                given = as_newer(given, version)
            for workspace, combination in zip(workspaces, combinations, strict=True):
                values = Values({**environment, **environment_of(parts.get("env"))}, combination)
                budget.spend(10 + len(given))
                one = Step(origin, step.line, given, values, workspace, made)
                if action == BUILD:
                    add_build(found, one)
                else:
                    self._baked.add(one, version)

    def _local(self, origin: str, action: str, line: int) -> None:
        """Say that the builds of an action of the repository itself are not read, if it has any."""
        name = building(action, self.found.root, self.found.budget)
        if name is not None:
            reason = f"the builds of {name} are not read: declare them in a Compose or bake file"
            self.found.add_unresolved(origin, reason, line)

    @cached_property
    def _own_names(self) -> frozenset[str]:
        return own_names(self.found.root)

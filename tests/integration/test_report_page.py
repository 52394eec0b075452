"""The page in a browser: it opens, zooms, switches, finds and copies, asks nobody for anything, and runs no name."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from ctxopt.builds.build import Build
from ctxopt.render.html.page import page as page_of
from ctxopt.reports.preview import preview
from ctxopt.treemap.build import build_treemap
from sample_projects.make_junk import make
from tests.support.browser import browser
from tests.support.cli import run
from tests.support.files import write

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Page


@dataclass
class _Seen:
    """What the browser had to say, and what was asked for."""

    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def dialog(self, dialog: "Dialog") -> None:
        self.messages.append(dialog.message)
        dialog.dismiss()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[BrowserContext]":
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.grant_permissions(["clipboard-read", "clipboard-write"])
        opened.set_default_timeout(5000)
        yield opened


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report")
    make("python-service", root / "project")
    (root / "project" / ".env").write_text("DB_PASSWORD=hunter22\n".ljust(80, "#"))
    done = run("report", "project", "-o", "report.html", cwd=root)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return root / "report.html"


def _open(chromium: "BrowserContext", file: Path, address: str = "") -> "tuple[Page, _Seen]":
    seen = _Seen()
    page = chromium.new_page()
    page.on("console", lambda message: seen.messages.append(message.text))
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("dialog", seen.dialog)
    page.goto(file.as_uri() + address)
    page.wait_for_selector(".cell")
    return page, seen


@pytest.fixture
def opened(chromium: "BrowserContext", sample: Path) -> "Iterator[Page]":
    page, seen = _open(chromium, sample)
    yield page
    assert seen.messages == []
    assert {request.partition("#")[0] for request in seen.requests} == {sample.as_uri()}
    page.close()


def _cell(path: str) -> str:
    return f'.cell[aria-label^="{path},"]'


def test_it_leads_with_what_can_be_saved_and_the_largest_reasons(opened: "Page") -> None:
    assert (
        opened.locator("#verdict .lead")
        .inner_text()
        .split("\n")[0]
        .startswith("You can drop 29.0 MB of 29.1 MB (legacy builder)")
    )
    assert opened.locator("#verdict .numbers").inner_text() == "29.1 MB → 37.2 kB (\u221299.9\u00a0%)"
    assert opened.locator("#verdict .reasons li").all_inner_texts() == [
        "24.0 MB\ndata\nunused",
        "4.0 MB\n.git\nunused",
        "1.0 MB\nnotebooks\nunused",
    ]
    assert opened.locator("#verdict .next").inner_text() == (
        "ctxopt generate project shows all of it; --write writes it. 35.9 kB more with "
        "ctxopt generate project --level likely."
    )
    top = opened.locator("#verdict").bounding_box()
    figures = opened.locator("#figures").bounding_box()
    assert top is not None
    assert figures is not None
    assert top["y"] < figures["y"] < 400


def test_it_opens_with_all_that_there_is_to_see(opened: "Page") -> None:
    assert opened.title() == "project: Docker build context"
    assert opened.locator("#figures .figure").all_inner_texts() == [
        "36.5 kB",
        "29.1 MB",
        "36.5 kB",
        "29.0 MB",
        "1 file",
    ]
    assert opened.locator("#figures .saving").all_inner_texts() == [
        "→ 37.2 kB proven (\u221299.9\u00a0%)",
        "→ 0 B proven (\u2212100\u00a0%)",
    ]
    assert opened.locator("#instructions tr").count() == 5
    assert opened.locator("#findings li.finding").count() >= 2
    assert opened.locator(_cell("data/orders-0.parquet")).get_attribute("aria-label") == (
        "data/orders-0.parquet, 4.0 MB, unused"
    )
    assert opened.locator(_cell("data/")).get_attribute("aria-label") == ("data/, 24.0 MB, 6 files, unused 24.0 MB")


def test_zoom_in_and_out(opened: "Page") -> None:
    opened.click(_cell("data/"), position={"x": 5, "y": 5})
    assert opened.locator("#crumbs li").all_inner_texts() == ["project", "data"]
    assert opened.locator(".cell").count() == 6
    opened.click("#crumbs button")
    assert opened.locator("#crumbs li").all_inner_texts() == ["project"]
    opened.locator(_cell(".git/")).click(position={"x": 5, "y": 5})
    assert opened.locator("#contents tr").count() == 2
    opened.click("#up")
    assert opened.locator("#crumbs li").count() == 1


def test_the_keyboard_alone_will_do(opened: "Page") -> None:
    opened.focus("#search")
    for _ in range(12):
        opened.keyboard.press("Tab")
        if opened.evaluate("document.activeElement.classList.contains('cell')"):
            break
    assert opened.locator('.cell[tabindex="0"]').count() == 1
    assert opened.evaluate("document.activeElement.ariaLabel").startswith("data/,")
    opened.keyboard.press("ArrowDown")
    label = opened.evaluate("document.activeElement.ariaLabel")
    assert label.startswith("data/orders-")
    assert opened.locator("#details h3").inner_text() == label.split(",")[0]
    opened.keyboard.press("ArrowUp")
    opened.keyboard.press("Enter")
    assert opened.locator("#crumbs li").all_inner_texts() == ["project", "data"]
    assert opened.evaluate("document.activeElement.classList.contains('cell')")
    opened.keyboard.press("Escape")
    assert opened.locator("#crumbs li").all_inner_texts() == ["project"]
    assert opened.evaluate("document.activeElement.ariaLabel").startswith("data/,")


def test_switch_the_builder_and_the_time(opened: "Page") -> None:
    cell = opened.locator(_cell("data/orders-1.parquet"))
    opened.click("#builder button:text('Legacy')")
    assert "sent, unused" in str(cell.get_attribute("aria-label"))
    cell.hover()
    assert "Sent, though no instruction reads it" in opened.locator("#details").inner_text()
    assert opened.locator("#time button").all_inner_texts() == [
        "Current 29.1 MB",
        "Proposed: proven 37.2 kB",
        "Proposed: likely 1.3 kB",
    ]
    opened.click("#time button:has-text('proven')")
    assert "ignored" in str(cell.get_attribute("aria-label"))
    cell.hover()
    assert "by data .dockerignore:" in opened.locator("#tip").inner_text()
    assert opened.locator("#map-title").inner_text() == "Legacy, proposed (proven): 32.1 MB shown"
    opened.click("#legend button:has-text('Ignored')")
    assert opened.locator(_cell("data/")).count() == 0
    assert opened.locator("#map-title").inner_text() == "Legacy, proposed (proven): 37.0 kB shown"
    opened.click("#time button:has-text('likely')")
    assert "--level likely --write" in opened.locator("#proposal .level").inner_text()
    assert "**/__pycache__" in opened.locator("#proposal pre").inner_text()


def test_the_contents_are_those_of_the_map(opened: "Page") -> None:
    rows = opened.locator("#contents tr")
    assert rows.first.inner_text().split() == ["data/", "Unused", "24.0", "MB", "75", "%"]
    opened.click("#legend button:has-text('Unused')")
    opened.click("#legend button:has-text('Ignored')")
    shown = [row.split()[0] for row in rows.all_inner_texts()]
    assert "data/" not in shown
    assert ".venv/" not in shown
    assert shown[0] == "src/"
    opened.click("#time button:has-text('likely')")
    assert [row.split()[1:] for row in rows.all_inner_texts() if row.startswith("src/")] == [
        ["Build", "only", "74", "B", "7.3", "%"]
    ]


def test_colours_and_reads_of_instructions(opened: "Page") -> None:
    opened.click("#colour button:text('Instruction')")
    opened.click("#legend button:has(.c-idle)")
    opened.click("#legend button:has-text('Ignored')")
    assert "line 6: copy" in str(
        opened.locator(_cell("src/orders/__pycache__/module0.cpython-313.pyc")).get_attribute("aria-label")
    )
    opened.click("#instructions button:has-text('migrations')")
    dim = "e => e.map(cell => cell.classList.contains('dim'))"
    assert all(opened.eval_on_selector_all('.cell[aria-label^="src/orders/__pycache__/module"]', dim))


def test_find_a_file(opened: "Page") -> None:
    opened.fill("#search", "EXPLORE-2")
    assert opened.locator("#contents-title").inner_text() == "1 found, 250 kB"
    assert opened.locator("#contents button").inner_text() == "notebooks/.ipynb_checkpoints/explore-2.ipynb"
    assert opened.locator(".cell:not(.dim):not(.opened)").count() == 1
    opened.keyboard.press("Enter")
    assert opened.locator("#crumbs li").all_inner_texts() == ["project", "notebooks", ".ipynb_checkpoints"]
    assert opened.evaluate("document.activeElement.ariaLabel").startswith(
        "notebooks/.ipynb_checkpoints/explore-2.ipynb,"
    )
    opened.fill("#search", "no such file")
    assert opened.locator("#contents").inner_text() == "Nothing."


def test_what_is_in_a_directory_that_is_found_stays_bright(opened: "Page") -> None:
    opened.fill("#search", "data")
    assert opened.locator("#contents-title").inner_text() == "1 found, 24.0 MB"
    bright = opened.locator(".cell:not(.dim)").evaluate_all("cells => cells.map(cell => cell.ariaLabel.split(',')[0])")
    assert sorted(bright) == ["data/", *(f"data/orders-{number}.parquet" for number in range(6))]


def test_the_address_is_that_of_what_is_shown(opened: "Page", sample: Path) -> None:
    opened.click(_cell("data/"), position={"x": 5, "y": 5})
    opened.click("#crumbs button")
    opened.click(_cell("notebooks/"), position={"x": 5, "y": 5})
    crumbs = opened.locator("#crumbs li")
    assert crumbs.all_inner_texts() == ["project", "notebooks"]
    opened.go_back()
    assert crumbs.all_inner_texts() == ["project"]
    opened.go_back()
    assert crumbs.all_inner_texts() == ["project", "data"]
    opened.go_forward()
    opened.go_forward()
    opened.click("#builder button:text('Legacy')")
    opened.click("#time button:has-text('likely')")
    address = opened.evaluate("location.hash")
    opened.goto("about:blank")
    opened.goto(sample.as_uri() + address)
    assert crumbs.all_inner_texts() == ["project", "notebooks"]
    assert opened.locator("#map-title").inner_text().startswith("Legacy, proposed (likely): 1.0 MB")


@pytest.mark.parametrize("odd", ["#path=no/such/&state=none&builder=x&build=99&color=%ff", "#contents-title", "#%%%"])
def test_an_address_that_names_nothing_shows_all(chromium: "BrowserContext", sample: Path, odd: str) -> None:
    page, seen = _open(chromium, sample, odd)
    assert page.locator("#crumbs li").all_inner_texts() == ["project"]
    assert seen.messages == []
    page.close()


_CUT = """() => [...document.querySelectorAll(".cell.told")].flatMap(cell => {
    const edge = cell.getBoundingClientRect();
    return [...cell.querySelectorAll(".bytes, .label")].filter(text => {
        const box = text.getBoundingClientRect();
        const numbers = text.className === "bytes" || /^[0-9,]+ (more|files?)/.test(text.textContent);
        const outside = box.right > edge.right + 0.5 || box.bottom > edge.bottom + 0.5;
        return numbers && (text.scrollWidth > text.clientWidth || outside);
    }).map(text => text.textContent);
})"""


@pytest.mark.parametrize("width", [390, 760, 1280, 1400])
def test_no_number_is_cut(opened: "Page", width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 800})
    opened.wait_for_function("document.querySelectorAll('.cell .bytes').length > 3")
    for press in (None, "#time button:has-text('likely')", "#colour button:text('Instruction')"):
        if press:
            opened.click(press)
        assert opened.evaluate(_CUT) == []


def test_findings_are_grouped_beside_the_map_and_show_their_files(opened: "Page") -> None:
    group = opened.locator("#rules button:has-text('CTX005')")
    assert group.inner_text().split("\n")[-1] == "2\u00d7 144 kB"
    group.click()
    assert opened.locator("#contents-title").inner_text().startswith("CTX005: ")
    rows = [row.split()[0] for row in opened.locator("#contents tr").all_inner_texts()]
    assert rows[0] == "src/orders/__pycache__/"
    assert opened.locator(_cell("data/")).evaluate("cell => cell.classList.contains('dim')")
    group.click()
    assert opened.locator("#contents-title").inner_text() == "Contents"
    assert opened.locator("#findings h3").all_inner_texts()[0].startswith("CTX")
    opened.click("#findings .finding:has-text('__pycache__') button:text('Show in the map')")
    assert opened.locator(".cell.dim").count() > 3


def test_several_builds_in_one_page(chromium: "BrowserContext", tmp_path: Path) -> None:
    write(
        tmp_path / "project",
        {
            "api/Dockerfile": "FROM scratch\nCOPY a /\n",
            "api/a": 2000,
            "web/Dockerfile": "FROM scratch\nCOPY b /\n",
            "web/b": 5000,
            "web/static/c": 7000,
        },
    )
    assert run("report", "project", "--all", "-o", "report.html", cwd=tmp_path).returncode == 0
    page, seen = _open(chromium, tmp_path / "report.html")
    assert page.title() == "2 builds: Docker build contexts"
    assert len(page.locator("#build option").all_inner_texts()) == 2
    assert page.locator("#name").inner_text() == "api"
    page.select_option("#build", "1")
    assert page.locator("#name").inner_text() == "web"
    assert page.locator("#figures .figure").first.inner_text() == "5.0 kB"
    page.click("#builder button:text('Legacy')")
    page.go_back()
    assert page.locator("#name").inner_text() == "api"
    page.goto((tmp_path / "report.html").as_uri() + "#build=2&path=static/")
    assert page.locator("#crumbs li").all_inner_texts() == ["web", "static"]
    assert seen.messages == []
    page.close()


def test_a_proposal_that_breaks_a_builder_is_no_saving(chromium: "BrowserContext", tmp_path: Path) -> None:
    make("python-service", tmp_path / "project")
    treemap = build_treemap(preview(Build("", str(tmp_path / "project"), None)))
    why = 'Dockerfile:6: COPY source "src" is not in the build context'
    views = tuple(
        replace(view, broken=why) if view.after and view.builder == "classic" else view for view in treemap.views
    )
    (tmp_path / "report.html").write_text(page_of(replace(treemap, views=views)), encoding="utf-8")
    page, seen = _open(chromium, tmp_path / "report.html", "#state=proven")
    assert page.locator("#verdict .lead").inner_text() == "Nothing to drop"
    assert f"(proven) counts as no saving. Legacy would fail: {why}" in page.locator("#verdict").inner_text()
    assert page.locator("#figures .saving").count() == 0
    assert page.locator("#time button").all_inner_texts() == ["Current 36.5 kB", "Proposed: proven", "Proposed: likely"]
    assert page.locator("#time button:disabled").count() == 2
    assert page.locator("#map-title").inner_text().startswith("BuildKit, current")
    assert seen.messages == []
    page.close()


def test_copy_the_proposal(opened: "Page", sample: Path) -> None:
    opened.click(".copy")
    opened.wait_for_selector(".filehead [role=status]:text('Copied')")
    copied = opened.evaluate("navigator.clipboard.readText()")
    run("generate", "project", "--write", cwd=sample.parent)
    assert copied == (sample.parent / "project" / ".dockerignore").read_text()


def test_light_and_dark(opened: "Page") -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    opened.emulate_media(color_scheme="light")
    light = opened.evaluate(colour)
    opened.emulate_media(color_scheme="dark")
    dark = opened.evaluate(colour)
    assert light != dark
    opened.click("#theme")
    assert opened.evaluate(colour) == light
    opened.click("#theme")
    assert opened.evaluate(colour) == dark


def test_on_paper_it_is_light_and_has_no_controls(opened: "Page") -> None:
    opened.emulate_media(media="print", color_scheme="dark")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown = [selector for selector in ("#search", "#theme", "#up", ".copy") if opened.locator(selector).is_visible()]
    assert shown == []
    assert opened.locator("#contents tr").last.is_visible()


def test_nothing_is_wider_than_a_phone(opened: "Page") -> None:
    opened.set_viewport_size({"width": 400, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 400
    opened.wait_for_function("document.querySelectorAll('.cell .label').length > 3")


def test_every_colour_can_be_read_on(opened: "Page") -> None:
    """The contrast of the text in cells is at least 4.5, as WCAG's level AA asks."""
    script = """() => {
        const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
        const rgb = text => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
        const keys = ["image", "build", "builder", "unused", "idle", "ignored", "risky", "several"];
        for (let i = 0; i < 8; i += 1) keys.push(`hue${i}`);
        return keys.map(key => {
            const made = document.createElement("button");
            made.className = `cell leaf c-${key}`;
            document.getElementById("map").append(made);
            const style = getComputedStyle(made);
            const [a, b] = [light(rgb(style.color)), light(rgb(style.backgroundColor))].sort((x, y) => y - x);
            return [key, (a + 0.05) / (b + 0.05)];
        }).filter(([, contrast]) => contrast < 4.5);
    }"""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        opened.emulate_media(color_scheme=scheme)
        assert opened.evaluate(script) == [], scheme


def test_a_name_is_never_more_than_a_name(chromium: "BrowserContext", tmp_path: Path) -> None:
    name = "<img src=x onerror=\"alert('run')\">"
    project = write(tmp_path / "project", {"Dockerfile": f'FROM scratch\nCOPY ["{name[:4]}*", "/"]\n', "<b>bold": 10})
    (project / name).write_bytes(b"x" * 5000)
    (project / os.fsdecode(b"\xff\n\x1b[31m")).write_bytes(b"x" * 5000)
    assert run("report", "project", "-o", "report.html", cwd=tmp_path).returncode == 0
    page, seen = _open(chromium, tmp_path / "report.html")
    page.fill("#search", "<img")
    assert page.locator("#contents button").inner_text() == name
    page.keyboard.press("Enter")
    page.fill("#search", "xff")
    assert page.locator("#contents button").inner_text() == "\\xff\\n\\x1b[31m"
    page.hover(".cell >> nth=0")
    assert page.locator("img, #map b, #contents b").count() == 0
    assert (seen.messages, seen.requests) == ([], [(tmp_path / "report.html").as_uri()])
    page.close()


def test_a_search_says_what_it_cannot_find_and_notes_that_are_alike_are_folded(
    chromium: "BrowserContext", tmp_path: Path
) -> None:
    project = write(tmp_path / "project", {"Dockerfile": "FROM scratch\nCOPY . /\n", "large": 9000})
    write(project, {f"small/{number}": 10 for number in range(30)})
    treemap = build_treemap(preview(Build("", str(project), None)), most=10)
    notes = [f"packages/p{number}/package.json stays: build file or package manifest" for number in range(5)]
    treemap = replace(treemap, report=replace(treemap.report, notes=(*notes, "no git here")))
    (tmp_path / "report.html").write_text(page_of(treemap), encoding="utf-8")
    page, seen = _open(chromium, tmp_path / "report.html")
    assert page.locator("#contents .unnamed").count() == 0
    page.fill("#search", "large")
    assert page.locator("#contents-title").inner_text() == "1 found, 9.0 kB"
    assert page.locator("#contents .unnamed").inner_text() == (
        "Not searched: the 30 smallest files, which the map sums up. ctxopt ls lists all."
    )
    assert page.locator("#notes > li").first.inner_text().splitlines() == [notes[0], "4 more like this"]
    assert not page.get_by_text(notes[4]).is_visible()
    page.click("#notes summary")
    assert page.get_by_text(notes[4]).is_visible()
    assert seen.messages == []
    page.close()

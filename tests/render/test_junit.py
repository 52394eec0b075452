"""JUnit XML is well-formed, and its counts are right."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from ctxopt.annotations.model import Annotation, Annotations, Level
from ctxopt.render import junit
from tests.render.support import ANY, HOSTILE, RULES, everywhere, one

#: The characters of XML 1.0.
_ALLOWED = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


#: What Jenkins' xUnit schema (junit-10) allows: the attributes of an element, those that it needs, and its children.
_JENKINS = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package"}
        | {"file", "log", "url"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": ({"name", "time", "classname", "group"}, {"name"}, {"skipped", "error", "failure"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    **dict.fromkeys(("failure", "error", "skipped"), ({"type", "message"}, set(), set())),
}


def _assert_as_jenkins_reads(root: ET.Element) -> None:
    assert root.tag == "testsuites"
    for element in root.iter():
        allowed, needed, children = _JENKINS[element.tag]
        assert needed <= {*element.keys()} <= allowed, element.attrib
        assert {child.tag for child in element} <= children
        # GitLab tells tests apart by these two.
        cases = [(case.get("classname"), case.get("name")) for case in element.findall("testcase")]
        assert len(cases) == len(set(cases))


def parse(annotations: Annotations) -> ET.Element:
    """The document; each suite's counts are checked."""
    text = junit.render(annotations)
    assert text.isascii()
    root = ET.fromstring(text)
    for element in [root, *root.iter("testsuite")]:
        for name, found in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(element.get(name, "0")) == len(list(element.iter(found)))
        if element is not root:
            assert int(element.get("skipped", "0")) == len(list(element.iter("skipped")))
    _assert_as_jenkins_reads(root)
    for element in root.iter():
        assert all(_ALLOWED.fullmatch(text) for text in [element.text or "", *element.attrib.values()])
    return root


def test_the_form() -> None:
    items = (
        Annotation("build-fails", Level.ERROR, "first\nsecond", "Dockerfile", 3),
        Annotation("build-fails", Level.ERROR, "again", "Dockerfile", 3),
        Annotation("limit-size", Level.NOTE, "nearly", None),
    )
    text = junit.render(Annotations("ctxopt check", (("Size", "3 kB"),), RULES, items))
    assert text == (
        "<?xml version='1.0' encoding='us-ascii'?>\n"
        '<testsuites name="ctxopt check" tests="4" failures="2" errors="0">\n'
        '  <testsuite name="summary" tests="0" failures="0" errors="0">\n'
        "    <properties>\n"
        '      <property name="Size" value="3 kB" />\n'
        "    </properties>\n"
        "  </testsuite>\n"
        '  <testsuite name="limit-size" tests="1" failures="0" errors="0" skipped="1">\n'
        '    <testcase classname="limit-size" name="The context is too large">\n'
        '      <skipped message="nearly">nearly</skipped>\n'
        "    </testcase>\n"
        "  </testsuite>\n"
        '  <testsuite name="build-fails" tests="2" failures="2" errors="0" skipped="0">\n'
        '    <testcase classname="build-fails" name="Dockerfile:3">\n'
        '      <failure message="first" type="error">first\nsecond</failure>\n'
        "    </testcase>\n"
        '    <testcase classname="build-fails" name="Dockerfile:3 (2)">\n'
        '      <failure message="again" type="error">again</failure>\n'
        "    </testcase>\n"
        "  </testsuite>\n"
        '  <testsuite name="never" tests="1" failures="0" errors="0" skipped="0">\n'
        '    <testcase classname="never" name="A rule that finds nothing" />\n'
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_no_two_tests_have_one_name() -> None:
    items = tuple(Annotation("never", Level.ERROR, "", name) for name in ("a", "a", "a (2)", "a", "a (2)"))
    cases = parse(Annotations("t", (), RULES, items)).iter("testcase")
    names = [case.get("name") for case in cases if case.get("classname") == "never"]
    assert names == ["a", "a (2)", "a (2) (2)", "a (3)", "a (2) (3)"]


def test_a_warning_fails() -> None:
    (failure,) = parse(one("it", level=Level.WARNING)).iter("failure")
    assert failure.attrib == {"message": "it", "type": "warning"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x00\x0b\x1f", "\\x00\\x0b\\x1f"),
        ("\ufffe\uffff", "\\ufffe\\uffff"),
        ("\udcff\ud800", "\\xff\\ud800"),
        ("<a>&]]>\"'", "<a>&]]>\"'"),
        ("caf\u00e9 \U0001f433", "caf\u00e9 \U0001f433"),
    ],
)
def test_what_xml_forbids_is_shown_as_an_escape(text: str, shown: str) -> None:
    root = parse(one(text, text))
    (failure,) = root.iter("failure")
    assert (failure.text, failure.get("message")) == (shown, shown)
    case = root.find("testsuite/testcase/failure/..")
    assert case is not None
    assert case.get("name") == f"{shown}:3"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_well_formed(text: str) -> None:
    assert len(list(parse(everywhere(text)).iter("failure"))) == 2


@settings(max_examples=200)
@given(ANY)
def test_any_text_is_well_formed(annotations: Annotations) -> None:
    root = parse(annotations)
    shown = sorted(element.text or "" for element in root.iter() if element.tag in ("failure", "skipped"))
    texts = [item.text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff") for item in annotations.items]
    assert shown == sorted(texts)
    for suite in root.iter("testsuite"):
        names = [case.get("name") for case in suite.iter("testcase")]
        assert len(set(names)) == len(names)

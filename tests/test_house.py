"""The plan of the house, checked by a machine: who may know whom, and how big.

`make check` holds the import layers (import-linter); here stands what depends on the
list of folders.
"""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors

ROOT = Path(__file__).parent.parent
PACKAGES = ("socialcare", "inbox", "connectors", "sla")
WITHOUT_PLATFORMS = ("inbox", "sla", "socialcare", "templates", "static")
JUNK_DRAWERS = {"utils", "helpers", "common", "core", "base"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders or PACKAGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def own_lengths() -> list[int]:
    return [length(node) for path in sources() for node in functions(path)]


def test_nothing_outside_a_platform_imports_it() -> None:
    offenders = [
        (path.relative_to(ROOT), name)
        for path in sources()
        for name in imported(path)
        for kind in connectors.kinds()
        if f"{name}.".startswith(f"connectors.{kind}.")
        and (ROOT / "connectors" / kind) not in path.parents
    ]
    assert offenders == []


def test_no_platform_is_named_outside_its_folder() -> None:
    names = {connectors.get(kind).label for kind in connectors.kinds()}
    words = sorted(names | set(connectors.kinds()))
    pattern = re.compile(
        "|".join(rf"\b{re.escape(word)}\b" for word in words), re.IGNORECASE
    )
    offenders = [
        (str(path.relative_to(ROOT)), found.group())
        for folder in WITHOUT_PLATFORMS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".html", ".css", ".js", ".svg", ".txt", ".json"}
        for found in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_no_junk_drawers() -> None:
    names = {path.stem for path in sources()}
    folders = {parent.name for path in sources() for parent in path.parents}
    assert (names | folders - {ROOT.parent.name}) & JUNK_DRAWERS == set()


def test_functions_are_short() -> None:
    lengths = own_lengths()
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 25


def test_no_function_is_over_fifty_lines() -> None:
    offenders = [
        (f"{path.relative_to(ROOT)}:{node.name}", length(node))
        for path in sources()
        for node in functions(path)
        if length(node) > 50
    ]
    assert offenders == []


def test_every_function_says_what_it_returns() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in sources()
        for node in functions(path)
        if node.returns is None
    ]
    assert offenders == []


@pytest.mark.parametrize(
    ("folders", "pattern", "most"),
    [
        (PACKAGES, "*.py", 400),
        (("templates",), "*.html", 120),
        (("static/css",), "*.css", 250),
        (("static/js",), "*.js", 80),
    ],
)
def test_no_file_is_too_long(folders: tuple[str, ...], pattern: str, most: int) -> None:
    offenders = [
        (str(path.relative_to(ROOT)), lines(path))
        for folder in folders
        for path in sorted((ROOT / folder).rglob(pattern))
        if "migrations" not in path.parts and lines(path) > most
    ]
    assert offenders == []


def test_files_are_short_on_the_whole() -> None:
    assert statistics.median(lines(path) for path in sources()) <= 120


def test_own_javascript_stays_small() -> None:
    total = sum(lines(path) for path in (ROOT / "static/js").rglob("*.js"))
    assert total <= 1200


def test_environment_example_lists_every_setting() -> None:
    called = re.compile(r'env\.(?:text|switch|number|words)\(\s*"([A-Z_]+)"')
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources("socialcare"))
    listed = re.findall(
        r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE
    )
    assert sorted(listed) == sorted(set(called.findall(text)))


def test_no_inline_style_or_script_in_templates() -> None:
    pattern = re.compile(r"\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", re.IGNORECASE)
    offenders = [
        (str(path.relative_to(ROOT)), found.group().strip())
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for found in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_no_signals_and_no_save_overrides() -> None:
    offenders = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in sources()
        if "models" in path.parts or path.stem == "models"
        for node in functions(path)
        if node.name in {"save", "delete"}
    ]
    assert offenders == []
    assert not [p for p in sources() if "django.dispatch" in set(imported(p))]


def test_the_kit_works_without_django() -> None:
    """`import connectors` and read a platform in a plain shell."""
    program = (
        "import sys; sys.modules['django'] = None; import connectors;"
        "print([connectors.get(kind).kind for kind in connectors.kinds()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(list(connectors.kinds())), done.stderr

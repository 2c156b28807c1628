"""The rules of docs/design.md about who may import whom, kept by reading the imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from dnn_core.specs import Kind

ROOT = Path(__file__).resolve().parents[1]

ORDER = (
    "installation",
    "errors",
    "wording",
    "specs",
    "outcome",
    "data",
    "audit",
    "network",
    "learn",
    "training",
    "evaluation",
    "runs",
    "analyses",
    "tuning",
    "checks",
    "diagnostics",
    "report",
    "package",
    "tracking",
    "compute",
    "commands",
    "__main__",
    "pages",
    "app",
)
"""A package may import only packages to its left."""

ALLOWED = {
    "altair": {"diagnostics"},
    "dask": {"compute"},
    "distributed": {"compute"},
    "jinja2": {"report"},
    "keras": {"network", "training"},
    "mlflow": {"tracking"},
    "optuna": {"tuning"},
    "streamlit": {"pages", "app"},
    "tensorflow": {"network", "training"},
    "tqdm": {"commands"},
    "vl_convert": {"report"},
}
"""Libraries that have one place."""

VAGUE = re.compile(r"^(utils?|helpers?|common|misc|managers?|\w+_(utils?|helpers?|manager))$")

MOST_LINES_OF_A_MODULE, MOST_LINES_OF_A_CLASS = 300, 150
REASON = "# Longer than the rule: "
"""How the comment begins that says why; it stands above a class, or anywhere in a module."""


@dataclass(frozen=True)
class Source:
    """One file of the project, as it is imported."""

    path: str
    text: str

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        """Its place in ORDER; "" for the face of the library, dnn_core/__init__.py."""
        parts = self.module.split(".")
        if parts[0] != "dnn_core":
            return parts[0]
        return parts[1] if len(parts) > 1 else ""

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)


def _read_sources() -> list[Source]:
    files = [ROOT / "app.py", *(ROOT / "dnn_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(files)
    ]


SOURCES = _read_sources()
MODULES = {source.module for source in SOURCES}


def _imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names that are imported anywhere below a node, in functions too."""
    for node in ast.walk(tree):
        yield from _imported_by(node)


def _imported_by(node: ast.AST) -> Iterator[str]:
    """`from a import b` imports a.b where that is a module, and a in any case."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written in full"
        assert node.module is not None
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _imports_when_loaded(node: ast.AST) -> Iterator[str]:
    """What is imported as soon as the module is: not in functions, not for type checkers."""
    yield from _imported_by(node)
    for child in ast.iter_child_nodes(node):
        is_for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not is_for_types and not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _imports_when_loaded(child)


def _package_of(name: str) -> str | None:
    """Place in ORDER of an imported name; None if it is not of this project."""
    parts = name.split(".")
    if parts[0] in {"pages", "app"}:
        return parts[0]
    if parts[0] != "dnn_core":
        return None
    # Anything else below dnn_core is a name of the library's face.
    return parts[1] if len(parts) > 1 and parts[1] in ORDER else ""


def _against_the_order(source: Source) -> list[str]:
    if not source.package:
        return []
    result = []
    for name in set(_imports(source.tree)):
        package = _package_of(name)
        if package is None or package == source.package:
            continue
        if not package:
            # `from dnn_core import x` hides where x lives; `import dnn_core` asks for its folder.
            result += [f"{source.path} imports {name}"] if name != "dnn_core" else []
        elif ORDER.index(package) >= ORDER.index(source.package):
            result.append(f"{source.path} imports {name}")
    return result


def _misplaced_libraries(source: Source) -> list[str]:
    return [
        f"{source.path} imports {name}"
        for name in _imports(source.tree)
        if source.package not in ALLOWED.get(name.split(".")[0], {source.package})
    ]


def _misplaced_state(source: Source) -> list[str]:
    topics = ("data", "draft", "lecture", "run", "study", "variables")
    cached = [f"pages/session/{topic}_cache.py" for topic in topics]
    places = {
        "session_state": ["pages/session/state.py"],
        "cache_data": cached,
        "cache_resource": cached,
    }
    return [
        f"{source.path}:{node.lineno} uses {node.attr}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and source.path not in places.get(node.attr, [source.path])
    ]


def _misnamed(source: Source) -> list[str]:
    vague = [part for part in source.module.split(".") if VAGUE.match(part)]
    result = [f"{source.path}: “{part}” says nothing about what lives there" for part in vague]
    # The frame is the one script; a page lies in the folder of its group.
    if re.fullmatch(r"pages/(?!frame\.py)[^/]+\.py", source.path):
        result.append(f"{source.path} lies directly in pages/")
    return result


def _shown_elsewhere(source: Source) -> list[str]:
    """A page is a script: what it shows is defined in its parts or in what pages share."""
    if source.package == "pages" and source.path.rpartition("/")[2] not in {"page.py", "frame.py"}:
        return []
    return [
        f"{source.path}:{node.lineno} defines {node.name}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("show_")
    ]


def _page_of(module: str) -> str | None:
    """`pages.<group>.<page>` of what belongs to one page; None of what pages share."""
    parts = module.split(".")
    return (
        ".".join(parts[:3]) if parts[0] == "pages" and parts[1:2] != [] and len(parts) > 3 else None
    )


def _parts_of_others(source: Source) -> list[str]:
    """What belongs to a page is for that page; what several pages show lies in `components`."""
    return [
        f"{source.path} imports {name}"
        for name in set(_imports(source.tree))
        if name in MODULES and _page_of(name) not in {None, _page_of(source.module)}
    ]


RETIRED = re.compile(r"_?(found|apprais\w*|knobs?|surety|lessons?|judge\w*)", re.IGNORECASE)
"""Names that said little: a data set, a fit or an estimate is called what it is."""


def _retired_words(source: Source) -> list[str]:
    names = {
        *(node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)),
        *(node.arg for node in ast.walk(source.tree) if isinstance(node, ast.arg)),
        *(node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)),
        *(
            node.name
            for node in ast.walk(source.tree)
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ),
    }
    return [f"{source.path}: “{name}”" for name in sorted(names) if RETIRED.fullmatch(name)]


def _imports_the_face(source: Source) -> list[str]:
    """The face is for notebooks: within the library a name is imported from where it lives."""
    if not source.path.startswith("dnn_core/"):
        return []
    return [
        f"{source.path}:{node.lineno} imports the face of the library"
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Import) and "dnn_core" in {alias.name for alias in node.names})
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "dnn_core"
            and not {f"dnn_core.{alias.name}" for alias in node.names} <= MODULES
        )
    ]


def _too_long(source: Source) -> list[str]:
    """What has grown too long without saying why: split it by what changes together."""
    lines = source.text.splitlines()
    too_long = []
    if len(lines) > MOST_LINES_OF_A_MODULE and not any(line.startswith(REASON) for line in lines):
        too_long.append(f"{source.path} has {len(lines)} lines")
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef):
            continue
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        above = lines[first - 2].strip() if first > 1 else ""
        size = (node.end_lineno or node.lineno) - node.lineno + 1
        if size > MOST_LINES_OF_A_CLASS and not above.startswith(REASON):
            too_long.append(f"{source.path}: {node.name} has {size} lines")
    return too_long


def _is_kind(node: ast.AST) -> bool:
    """Whether a node is written `Kind.SOMETHING`."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Kind"
    )


def _ends_in_assert_never(match: ast.Match) -> bool:
    last = match.cases[-1].body[-1]
    call = last.value if isinstance(last, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) == "assert_never"


def _open_matches(source: Source) -> list[str]:
    """`match`es on a kind of outcome, a link or a loss in which a new one would fall through."""
    return [
        f"{source.path}:{node.lineno} matches a kind without assert_never at its end"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Match)
        and any(
            re.match(r"(Kind|Link|Loss|Errors)\.[A-Z]", ast.unparse(value))
            for case in node.cases
            for value in ast.walk(case.pattern)
            if isinstance(value, ast.MatchValue)
        )
        and not _ends_in_assert_never(node)
    ]


def _tables_by_kind(source: Source) -> list[str]:
    """Tables keyed by kinds of outcome that leave some out, and do not say so to anybody."""
    if source.package == "outcome":
        return []
    return [
        f"{source.path}:{node.lineno} has a table for some kinds of outcome"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Dict)
        and any(key is not None and _is_kind(key) for key in node.keys)
        and {ast.unparse(key) for key in node.keys if key is not None}
        != {f"Kind.{kind.name}" for kind in Kind}
    ]


RULES = {
    "matches": _open_matches,
    "tables": _tables_by_kind,
    "order": _against_the_order,
    "face": _imports_the_face,
    "libraries": _misplaced_libraries,
    "state": _misplaced_state,
    "names": _misnamed,
    "show": _shown_elsewhere,
    "parts": _parts_of_others,
    "words": _retired_words,
    "size": _too_long,
}

BROKEN = {
    "matches": [
        Source("dnn_core/data/a.py", "match kind:\n    case Kind.COUNT:\n        ..."),
        Source("dnn_core/data/a.py", "match a:\n case Loss.MSE | Loss.POISSON: ...\n case _: ..."),
    ],
    "tables": [
        Source("dnn_core/checks/a.py", "A = {Kind.COUNT: 1}"),
        Source("pages/components/a.py", "{Kind.COUNT: 1, Kind.BINARY: 2}.get(kind)"),
    ],
    "order": [
        Source("dnn_core/data/split/row_split.py", "from dnn_core.runs.run import Run"),
        Source("dnn_core/checks/gap.py", "from dnn_core.diagnostics import style"),
        Source("dnn_core/specs/task.py", "def f():\n    import dnn_core.data.dataset"),
        Source("dnn_core/runs/run.py", "from dnn_core import Experiment"),
        Source("dnn_core/compute/tasks.py", "from pages.components import state"),
        Source("pages/build/train/page.py", "import app"),
    ],
    "face": [
        Source("dnn_core/tracking/subprocess_export.py", "import dnn_core"),
        Source("dnn_core/tracking/subprocess_export.py", "def f():\n    import dnn_core"),
        Source("dnn_core/report/report.py", "from dnn_core import wording, Experiment"),
    ],
    "libraries": [
        Source("dnn_core/runs/run.py", "def f():\n    from tensorflow import keras"),
        Source("dnn_core/data/dataset.py", "import streamlit as st"),
        Source("pages/build/train/page.py", "import altair as alt"),
        Source("pages/build/train/page.py", "import distributed"),
        Source("pages/build/train/page.py", "from keras.layers import Dense"),
    ],
    "state": [
        Source("pages/build/train/page.py", "import streamlit as st\nst.session_state['a'] = 1"),
        Source("pages/session/state.py", "import streamlit as st\n@st.cache_data\ndef f(): ..."),
        Source("app.py", "from streamlit import runtime\nruntime.cache_resource()"),
    ],
    "names": [
        Source("pages/data.py", ""),
        Source("dnn_core/utils.py", ""),
        Source("dnn_core/common/frames.py", ""),
        Source("pages/components/run_manager.py", ""),
    ],
    "show": [
        Source("pages/build/train/page.py", "def show_curve(): ..."),
        Source("dnn_core/checks/gap.py", "def show_gap(): ..."),
    ],
    "words": [
        Source("dnn_core/data/dataset.py", "def f(found): ..."),
        Source("dnn_core/runs/run.py", "class Appraisal: ..."),
        Source("pages/session/state.py", "kept.knobs = 1"),
    ],
    "parts": [
        Source("pages/build/train/page.py", "from pages.build.network.code import show_code"),
        Source("pages/components/fields.py", "from pages.build.train.start import show_start"),
    ],
    "size": [
        Source("dnn_core/runs/run.py", "a = 1\n" * 301),
        Source("dnn_core/runs/run.py", "class Run:\n" + "    a = 1\n" * 150),
        Source(
            "dnn_core/runs/run.py", f"{REASON}it is.\nb = 1\nclass Run:\n" + "    a = 1\n" * 150
        ),
    ],
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_kept(rule: str) -> None:
    result = [sentence for source in SOURCES for sentence in RULES[rule](source)]
    assert not result, "\n".join(result)


@pytest.mark.parametrize(
    ("rule", "source"),
    [(rule, source) for rule, sources in BROKEN.items() for source in sources],
)
def test_rule_notices(rule: str, source: Source) -> None:
    assert RULES[rule](source)


def test_what_says_why_may_be_longer() -> None:
    long_class = "@final\nclass Run:\n" + "    a = 1\n" * 150
    assert _too_long(Source("dnn_core/runs/run.py", f"{REASON}it is.\n{long_class}")) == []
    assert _too_long(Source("dnn_core/runs/run.py", f"{REASON}it is.\n" + "a = 1\n" * 300)) == []


def test_every_package_has_a_place() -> None:
    assert {source.package for source in SOURCES} - {""} <= set(ORDER)


def _imported_modules(source: Source, modules: set[str]) -> set[str]:
    """Modules of the project that a file names, in functions and for type checkers too."""
    imported: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            # What is no module is defined in the one it is imported from.
            imported |= names & modules if names <= modules else {*names, str(node.module)}
    return imported & modules


def _cycles(sources: list[Source]) -> list[list[str]]:
    """Sets of modules that import each other, however indirectly (Tarjan 1972)."""
    modules = {source.module for source in sources}
    graph = {source.module: sorted(_imported_modules(source, modules)) for source in sources}
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    cycles = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in graph[module]:
            if other not in number:
                visit(other)
            if other in stack:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == number[module]:
            members = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(members) > 1 or module in graph[module]:
                cycles.append(sorted(members))

    for module in graph:
        if module not in number:
            visit(module)
    return cycles


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert _cycles(SOURCES) == []


@pytest.mark.parametrize(
    "late",
    [
        "def f():\n    from dnn_core.a import f",
        "if TYPE_CHECKING:\n    import dnn_core.a",
        "from dnn_core import a",
    ],
)
def test_a_circle_is_noticed_however_late_it_closes(late: str) -> None:
    sources = [
        Source("dnn_core/a.py", "from dnn_core.b import f"),
        Source("dnn_core/b.py", "from dnn_core import c"),
        Source("dnn_core/c.py", late),
        Source("dnn_core/d.py", "from dnn_core.a import f"),
    ]
    assert _cycles(sources) == [["dnn_core.a", "dnn_core.b", "dnn_core.c"]]


def test_a_fork_is_no_circle() -> None:
    sources = [
        Source("dnn_core/a.py", "from dnn_core import b, c"),
        Source("dnn_core/b.py", "from dnn_core.d import f"),
        Source("dnn_core/c.py", "from dnn_core.d import f"),
        Source("dnn_core/d.py", ""),
    ]
    assert _cycles(sources) == []


def _modules_that_load(library: str) -> set[str]:
    """Modules of the project whose import loads a library, directly or through others."""
    wanted = {source.module: set(_imports_when_loaded(source.tree)) for source in SOURCES}
    loading: set[str] = set()
    while True:
        more = {
            module
            for module, names in wanted.items()
            if any(name.split(".")[0] == library or name in loading for name in names)
        }
        if more == loading:
            return loading
        loading = more


def test_the_dashboard_names_nothing_that_loads_keras() -> None:
    """Not even inside functions: the server's process stays free of TensorFlow."""
    loading = _modules_that_load("keras") | _modules_that_load("tensorflow")
    assert "dnn_core.network.model" in loading
    result = [
        f"{source.path} imports {name}"
        for source in SOURCES
        if source.package in {"pages", "app"}
        for name in _imports(source.tree)
        if name in loading
    ]
    assert not result, "\n".join(result)


def _loaded_by(*modules: str) -> set[str]:
    """Top-level names in sys.modules after importing modules in a fresh process."""
    statements = [f"import {module}" for module in modules]
    show = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", "; ".join([*statements, show])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(done.stdout.split())


def test_the_library_loads_neither_tensorflow_nor_streamlit() -> None:
    loaded = _loaded_by("dnn_core")
    assert "dnn_core" in loaded
    assert not loaded & {"tensorflow", "keras", "streamlit"}


def test_what_the_dashboard_imports_loads_neither_tensorflow_nor_streamlit() -> None:
    named = {
        name
        for source in SOURCES
        if source.package in {"pages", "app"}
        for name in _imports(source.tree)
        if name in MODULES and name.startswith("dnn_core")
    }
    loaded = _loaded_by(*sorted(named))
    assert "pandas" in loaded
    assert not loaded & {"tensorflow", "keras", "streamlit"}


def test_pytest_leaves_out_no_folder_of_tests(request):
    """A folder named like one that pytest passes over by itself would never run."""
    passed_over = request.config.getini("norecursedirs")
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    names = {name for folder in folders for name in folder.relative_to(ROOT).parts}
    assert {"build", "pages"} <= names
    assert not [name for name in names for pattern in passed_over if fnmatch(name, pattern)]

"""Print the figures of the structure: lines, long modules and functions, import depth, repeated lines.

Run it from the project: ``python tools/figures.py [SRC]``; another source folder is measured for comparison.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, deque
from pathlib import Path

PACKAGE = "napari_deconvolve"
WINDOW = 6  # lines that have to stand twice to count as repeated
FIRST = (f"{PACKAGE}.api.deconvolve", f"{PACKAGE}.run.deconvolve")  # where nd.deconvolve stands; formerly
LAST = (f"{PACKAGE}.core.algorithms.richardson_lucy", f"{PACKAGE}.core.richardson_lucy")  # where a step is done

Trees = dict[str, ast.Module]


def modules(root: Path) -> dict[str, Path]:
    """Return all modules of the package by their dotted names."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = (PACKAGE, *path.relative_to(root).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports(tree: ast.Module, known: dict[str, Path]) -> set[str]:
    """Return the modules of the package that a module imports, those inside functions included."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{one.name}" for one in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found & set(known)


def depth(graph: dict[str, set[str]]) -> list[str]:
    """Return the shortest chain of imports from nd.deconvolve to the step of Richardson-Lucy."""
    start = next(name for name in FIRST if name in graph)
    before: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        if name in LAST:
            chain = [name]
            while before[chain[-1]]:
                chain.append(before[chain[-1]])
            return chain[::-1]
        for other in sorted(graph[name] - set(before)):
            before[other] = name
            queue.append(other)
    return []


def function_lengths(trees: Trees) -> list[tuple[int, str]]:
    """Return the length of each function without its docstring, the longest first."""
    found = []
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                text = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) else 0
                found.append(((node.end_lineno or 0) - node.lineno + 1 - text, f"{module}.{node.name}"))
    return sorted(found, reverse=True)


def repeated(paths: list[Path]) -> int:
    """Return how many lines of code stand in a run of `WINDOW` or more lines that stands elsewhere too."""
    texts = {path: [line.strip() for line in path.read_text(encoding="utf-8").splitlines()] for path in paths}
    code = {path: [(n, line) for n, line in enumerate(lines) if _counts(line)] for path, lines in texts.items()}
    windows = Counter(
        tuple(line for _, line in lines[i : i + WINDOW]) for lines in code.values() for i in _starts(lines)
    )
    marked = {
        (path, lines[i + k][0])
        for path, lines in code.items()
        for i in _starts(lines)
        if windows[tuple(line for _, line in lines[i : i + WINDOW])] > 1
        for k in range(WINDOW)
    }
    return len(marked)


def _starts(lines: list[tuple[int, str]]) -> range:
    return range(len(lines) - WINDOW + 1)


def _counts(line: str) -> bool:
    return len(line) > 1 and not line.startswith(("#", "from ", "import ", '"""')) and any(map(str.isalpha, line))


def main() -> None:
    """Measure and print."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "src") / PACKAGE
    known = modules(root)
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in known.items()}
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in known.items()}
    functions = function_lengths(trees)
    total = sum(lengths.values())
    chain = depth({name: imports(tree, known) for name, tree in trees.items()})
    print(f"lines: {total} in {len(known)} modules")
    long, (longest, name) = sum(n > 45 for n, _ in functions), functions[0]
    print(f"modules over 300 lines: {sum(n > 300 for n in lengths.values())}, the longest has {max(lengths.values())}")
    print(f"functions over 45 lines: {long}, the longest has {longest}: {name}")
    print(f"imports from nd.deconvolve to the step: {len(chain) - 1}: {' > '.join(chain).replace(PACKAGE + '.', '')}")
    print(f"lines that stand twice: {1000 * repeated(list(known.values())) / total:.1f} of 1000")


if __name__ == "__main__":
    main()

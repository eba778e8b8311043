"""What may be awaited while a transaction is open: the database, and nothing else.

Reads source code, never runs it. A handler may await a method of ``db`` (or ``ctx.db``), and a function that is handed ``db`` or
``ctx`` if it is one of ours (storage, bot.services, bot.routing, bot.rituals), which this looks at in turn. What is registered
with ``prepare=`` or ``beforehand=`` runs before the transaction and may await what it likes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

OURS = ("storage", "bot.services", "bot.routing", "bot.rituals")
SESSIONS = {"db": "AsyncSession"}
CONTEXTS = {"ctx": "Context", "context": "Context"}
WAITING = frozenset(
    """
    aiofiles aiohttp aiosqlite anyio asyncio concurrent ftplib http httpx importlib io multiprocessing os pathlib psycopg queue
    requests select selectors shutil signal smtplib socket socketserver sqlite3 ssl subprocess tempfile threading time trio urllib
    urllib3 websockets
    """.split()
)
HARMLESS = frozenset({"urllib.parse"})  # words only
BLOCKING_CALLS = frozenset({"open", "input", "exec", "eval", "compile", "__import__", "breakpoint"})
Function = ast.AsyncFunctionDef | ast.FunctionDef


def waits(source: str, module: str) -> list[str]:
    """What the module awaits and may not, as "line: what"."""
    return sorted(_Module(ast.parse(source), module).problems(), key=lambda problem: int(problem.split(":")[0]))


def waiting_imports(source: str) -> list[str]:
    """The imports and calls by which a module could wait for something without awaiting it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                wanted = [name.name for name in names]
            case ast.ImportFrom(module=str(name), names=names, level=0):
                wanted = [f"{name}.{item.name}" for item in names] if name in WAITING else [name]
            case ast.Call(func=ast.Name(id=name)) if name in BLOCKING_CALLS:
                found.append(f"{node.lineno}: {name}()")
                continue
            case _:
                continue
        found += [
            f"{node.lineno}: import {name}" for name in wanted if name.split(".")[0] in WAITING and name not in HARMLESS
        ]
    return found


class _Module:
    def __init__(self, tree: ast.Module, module: str) -> None:
        self.tree = tree
        # Name here → where it is from, in full.
        self.known = {
            node.name: f"{module}.{node.name}" for node in tree.body if isinstance(node, Function)
        } | _imported(tree, module)
        self.prepared = {
            keyword.value.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg in ("prepare", "beforehand") and isinstance(keyword.value, ast.Name)
        }

    def problems(self) -> Iterator[str]:
        for alias, source in _imported(self.tree, "").items():
            if alias in SESSIONS or alias in CONTEXTS:
                yield f"1: {alias} is {source}"
        yield from self._in(self.tree)

    def _in(self, parent: ast.AST) -> Iterator[str]:
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, Function):
                if node.name in self.prepared:
                    continue
                yield from _wrongly_typed(node)
            yield from self._at(node)
            yield from self._in(node)

    def _at(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Await(value=value) if not self._may_wait_for(value):
                yield f"{node.lineno}: await {ast.unparse(value)}"
            case ast.AsyncFor(iter=value) if not self._may_wait_for(value):
                yield f"{node.lineno}: async for … in {ast.unparse(value)}"
            case ast.comprehension(iter=value, is_async=1) if not self._may_wait_for(value):
                yield f"{value.lineno}: async for … in {ast.unparse(value)}"
            case ast.AsyncWith(items=items):
                for item in items:
                    if not self._may_wait_for(item.context_expr):
                        yield f"{node.lineno}: async with {ast.unparse(item.context_expr)}"
            case ast.Name(id=name, ctx=ast.Store()) if name in SESSIONS or name in CONTEXTS:
                yield f"{node.lineno}: {name} is made something else"

    def _may_wait_for(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Await):  # async for row in await db.stream(…)
            value = value.value
        if not isinstance(value, ast.Call):
            return False
        if isinstance(value.func, ast.Attribute) and _is_session(value.func.value):
            return True
        given = [*value.args, *(keyword.value for keyword in value.keywords)]
        return any(_is_session(item) or _is_context(item) for item in given) and self._is_ours(value.func)

    def _is_ours(self, called: ast.expr) -> bool:
        name = ast.unparse(called)
        first, _, rest = name.partition(".")
        source = f"{self.known.get(first, '')}.{rest}"
        return any(source.startswith(f"{package}.") for package in OURS)


def _imported(tree: ast.Module, module: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {name.asname or name.name.split(".")[0]: name.name for name in names}
            case ast.ImportFrom(module=source, names=names, level=level):
                above = ".".join(module.split(".")[:-level]) + "." if level else ""
                found |= {name.asname or name.name: f"{above}{source or ''}.{name.name}" for name in names}
    return found


def _is_session(item: ast.expr) -> bool:
    match item:
        case ast.Name(id=name):
            return name in SESSIONS
        case ast.Attribute(value=ast.Name(id=name), attr="db"):
            return name in CONTEXTS
        case _:
            return False


def _is_context(item: ast.expr) -> bool:
    return isinstance(item, ast.Name) and item.id in CONTEXTS


def _wrongly_typed(function: Function) -> Iterator[str]:
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        wanted = (SESSIONS | CONTEXTS).get(argument.arg)
        if wanted and argument.annotation is not None and ast.unparse(argument.annotation) != wanted:
            yield f"{argument.lineno}: {argument.arg} is not a {wanted} but {ast.unparse(argument.annotation)}"

"""Leaves out what big packages import only to re-export it: a third of the CPU of a cold start.

A package's ``__init__`` often imports everything the package has, though whoever imports one of its modules
needs that module alone. For the packages named here ``__init__`` runs when an attribute of the package itself
is first asked for. Nothing else changes: their modules are imported as they are, and every name is found.

Decided against: stand-ins for the packages (they would follow every release), and ``importlib.util.LazyLoader``
(importing a module of a lazy package asks for the package's ``__path__``, which already loads it).
Python 3.15's ``lazy import`` may replace this.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

PACKAGES = (
    "langchain_openai",  # models of other services, embeddings
    "langchain_openai.chat_models",
    "langgraph_sdk",  # the client of LangGraph's server; langgraph needs one type of it
    "langsmith.types",  # 130 generated modules; langsmith needs one of them
    "mcp",  # servers, command line
    "openai.lib",
    "openai.types",  # 500 generated modules
    "openai.types.chat",
    "openai.types.responses",
)

_INIT = "__init__"


class DeferredPackages(MetaPathFinder):
    """Finds the packages it is told, with an ``__init__`` that waits."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A package of ours, or the waiting ``__init__`` of one, which is imported as a module of that name.

        Running it is an import, so that the import system's own locks see it: two threads cannot wait for each
        other.
        """
        package, _, module = fullname.rpartition(".")
        if module == _INIT and package in self._packages:
            return ModuleSpec(fullname, _Init(sys.modules[package]))
        if fullname not in self._packages:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Package(spec.loader)
        return spec


class _Package(Loader):
    """Makes the package, and leaves it empty until it is asked for something."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def exec_module(self, module: ModuleType) -> None:
        def find(name: str) -> Any:
            importlib.import_module(f"{module.__name__}.{_INIT}")
            if name in vars(module):
                return vars(module)[name]
            if (own := vars(module).get("__getattr__", find)) is not find:
                return own(name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module)["__getattr__"] = find


class _Init(Loader):
    """Runs a package's ``__init__`` in the package's own namespace."""

    def __init__(self, package: ModuleType) -> None:
        self._package = package

    def exec_module(self, module: ModuleType) -> None:
        spec = self._package.__spec__
        assert spec is not None
        assert isinstance(spec.loader, _Package)
        spec.loader.loader.exec_module(self._package)


def defer_packages() -> None:
    """From now on import `PACKAGES` without their re-exports. Those imported before stay as they are."""
    if not any(isinstance(finder, DeferredPackages) for finder in sys.meta_path):
        sys.meta_path.insert(0, DeferredPackages(PACKAGES))

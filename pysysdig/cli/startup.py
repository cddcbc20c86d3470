"""How the process begins and ends, as far as that takes time: what is imported of numpy, the collector, the end.

Half of the time to the first line is numpy's import, and much of that are parts that nothing here uses. So with the versions in
`LEAN` only numpy's core is imported; the module `numpy` becomes the whole one, in place, when somebody (a chisel, another
package) asks it for anything that pysysdig does not use. Every other version is imported as it is. The same goes for modules
that the core imports but hardly uses.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any, NoReturn, TypeVar

_SELDOM = (50_000, 20, 50)
LEAN = frozenset({"2.4.6"})  # what tests/cli/test_startup.py has run with
# modules of the core whose public names are numpy's, and names of another one that pysysdig uses
_PUBLIC = ("numeric", "fromnumeric", "function_base", "shape_base", "numerictypes", "getlimits", "umath")
_MORE = ("bincount", "packbits", "unpackbits")
_DOCUMENTATION = ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")  # writes docstrings: a sixth of the import
_UNUSED = ("pickle", "ctypes")  # the core imports them for methods that few call: they are filled for those


class _Lean(ModuleType):
    """A module that is filled by its own loader when it is asked for something that it does not have yet."""

    _lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        part = sys.modules.get(f"{self.__name__}.{name}")
        if part is not None:  # while it is imported
            return part
        if not self._filled():
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        return dir(self) if self._filled() else list(self.__dict__)

    def _filled(self) -> bool:
        """Become the whole module now, if it is not. False: that is going on."""
        with _Lean._lock:
            if isinstance(self, _Lean):
                if "_loading" in self.__dict__:
                    return False
                self.fill()
        return True

    def fill(self) -> None:
        """Become the whole module."""
        _drop_documentation()
        self.__dict__["_loading"] = True
        try:
            self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]
        finally:
            del self.__dict__["_loading"]
        self.__class__ = ModuleType  # type: ignore[assignment]


class _Inspect(_Lean):
    """The module inspect. What the core asks of it are signatures to show: they are made when somebody else asks for anything."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._functions: list[Any] = []
        # docstrings as they are indented in the source, None for signatures
        self.__dict__.update(signature=self._functions.append, cleandoc=str)

    def end(self) -> None:
        """The core has been imported."""
        del self.__dict__["signature"], self.__dict__["cleandoc"]

    def fill(self) -> None:
        super().fill()
        functions = self.__dict__.pop("_functions")
        core = sys.modules["numpy._core.multiarray"].__dict__
        for function in functions:
            core[function.__name__].__signature__ = self.signature(function)


class _Whole:
    """In sys.meta_path: parts of numpy outside the core are imported by the whole, which knows their order."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not name.startswith("numpy.") or name.startswith("numpy._core."):
            return None
        numpy = sys.modules["numpy"]
        # another thread that fills it may wait for this import: then it has to go on
        if type(numpy) is not _Lean or "_loading" in numpy.__dict__ or not _Lean._lock.acquire(timeout=1):
            return None
        try:
            if type(numpy) is _Lean:
                numpy.fill()
        finally:
            _Lean._lock.release()
        there = sys.modules.get(name)
        return None if there is None else ModuleSpec(name, _There(there))  # type: ignore[arg-type]


class _There:
    """Loads a module that is there."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class _Matrix:
    """What stands for numpy.matrix, which numpy's own ravel asks for: nothing is one yet. Whoever uses it gets the real one."""

    def __instancecheck__(self, instance: object) -> bool:
        return not isinstance(sys.modules["numpy"], _Lean) and isinstance(instance, self._real())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def _real(self) -> Any:
        numpy = sys.modules["numpy"]
        return numpy.__getattr__("matrix") if type(numpy) is _Lean else numpy.matrix


def prepare() -> None:
    """Everything that has to happen before numpy is imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # BLAS would start a thread per CPU: 45 ms of work
    if "numpy" not in sys.modules:
        _import_core()


def _import_core() -> None:
    """Import numpy's core alone, if the version is one of `LEAN`."""
    spec = _found("numpy", None)
    if spec is None or not spec.submodule_search_locations:
        return
    numpy = _module(spec)
    try:
        from numpy.version import version

        if version not in LEAN:
            raise ImportError
        for name in _DOCUMENTATION:
            sys.modules[name] = ModuleType(name)
        from numpy._globals import _CopyMode, _NoValue

        numpy.__dict__.update(_loading=True, _CopyMode=_CopyMode, _NoValue=_NoValue)  # the core asks for these
        for name in _UNUSED:
            _put_off(name)
        inspect = _put_off("inspect", _Inspect)
        import numpy._core as core

        if isinstance(inspect, _Inspect):
            inspect.end()
    except ImportError:  # numpy says itself what is wrong
        for name, there in list(sys.modules.items()):
            if name.partition(".")[0] == "numpy" or isinstance(there, _Lean):
                del sys.modules[name]
        return
    del numpy.__dict__["_loading"]
    for part in (getattr(core, name) for name in _PUBLIC):
        numpy.__dict__.update({name: getattr(part, name) for name in part.__all__})
    numpy.__dict__.update({name: getattr(core.multiarray, name) for name in _MORE}, __version__=version, matrix=_Matrix())
    spec = _found("numpy.typing", numpy.__path__)
    if spec is not None:
        typing = numpy.__dict__["typing"] = _module(spec)
        scalar: Any = TypeVar("scalar", bound=core.generic)  # type: ignore[misc]
        typing.__dict__["NDArray"] = core.ndarray[tuple[Any, ...], core.dtype[scalar]]
    sys.meta_path.insert(0, _Whole())


def _found(name: str, path: Any) -> ModuleSpec | None:
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    return None


def _put_off(name: str, kind: type[_Lean] = _Lean) -> ModuleType | None:
    """A module that is filled when it is used, if it is not there yet. None: there is none."""
    if name in sys.modules:
        return sys.modules[name]
    spec = _found(name, None)
    return None if spec is None else _module(spec, kind)


def _module(spec: ModuleSpec, kind: type[_Lean] = _Lean) -> ModuleType:
    """An empty module of a spec, in sys.modules."""
    module = sys.modules[spec.name] = kind(spec.name)
    module.__spec__, module.__loader__, module.__file__ = spec, spec.loader, spec.origin
    module.__package__ = spec.name if spec.submodule_search_locations else spec.parent
    if spec.submodule_search_locations:
        module.__path__ = spec.submodule_search_locations
    return module


def _drop_documentation() -> None:
    """What stands in for the modules that write docstrings is not left to others."""
    for name in _DOCUMENTATION:
        if not hasattr(sys.modules.get(name), "__file__"):
            sys.modules.pop(name, None)


def quick_collector() -> None:
    """Looking for cycles among the objects that imports and tables make by the ten thousand takes longer than a short run."""
    gc.set_threshold(*_SELDOM)


def own_process() -> bool:
    """Whether the process is the program and does nothing else: `quick_collector` says so."""
    return gc.get_threshold() == _SELDOM


def keep() -> None:
    """What a process has made so far stays: where collections are rare, the first one need not look at all of it."""
    if own_process():
        gc.freeze()


@contextmanager
def handling(handlers: Mapping[signal.Signals, Callable[[int, FrameType | None], None]], last: bool = True) -> Iterator[None]:
    """Handle signals, which cli.main holds back until then. last: the process does nothing else afterwards; if it is the program
    its handlers then stay, since its status would be that of a program that was killed."""
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    signal.pthread_sigmask(signal.SIG_UNBLOCK, handlers)
    try:
        yield
    finally:
        if not (last and own_process()):
            for number, handler in previous.items():
                signal.signal(number, handler)


def leave(status: int) -> NoReturn:
    """End the process. Freeing every object one by one would take longer than a short run's work."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are not daemons, as the interpreter does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            status = status or 1
    os._exit(status)

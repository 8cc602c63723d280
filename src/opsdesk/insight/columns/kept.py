"""What was worked out of a part is kept as long as the part is in use; the newest few are."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 64
_lock = Lock()
_known: OrderedDict[tuple[tuple[Hashable, ...], int], tuple[object, Any]] = OrderedDict()


def kept(name: tuple[Hashable, ...], of: object, work: Callable[[], T], *, most: int = MOST) -> T:
    """The result of `work`, which reads nothing but what comes with the column `of`; worked out once for it.

    The column is held, so that its identity can't be another's. Of those whose name begins alike the newest
    `most` are kept.
    """
    key = (name, id(of))
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            found: T = _known[key][1]
            return found
    result = work()
    with _lock:
        _known[key] = (of, result)
        alike = [each for each in _known if each[0][0] == name[0]]
        for each in alike[:-most]:
            del _known[each]
        while len(_known) > MOST:
            _known.popitem(last=False)
    return result

"""Functions of lists, sets, maps and objects."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import prod

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.values import (
    EvaluationError,
    Obj,
    Seq,
    TooLargeError,
    Value,
    converted,
    key,
    mapping,
    object_of,
    same,
    sequence,
    text,
    tuple_of,
    type_name,
    type_of,
    unified,
    whole,
)

_MOST = 1 << 16
_ANYTHING = ("list", "any")
_STRINGS = ("list", "string")
_SET = ("set", "any")


def _seq(value: Value, *kinds: str) -> Seq:
    if not isinstance(value, Seq) or value.kind not in kinds:
        raise EvaluationError(f"a {' or '.join(kinds)} is required, not {type_name(value)}")
    return value


def _obj(value: Value) -> Obj:
    if not isinstance(value, Obj):
        raise EvaluationError(f"a map or an object is required, not {type_name(value)}")
    return value


def _chunklist(items: Seq, size: Fraction) -> Value:
    count = whole(size)
    if count < 0:
        raise EvaluationError("the size is negative")
    if not items.items:
        return Seq("list", ())
    step = count or len(items.items)
    return Seq("list", tuple(Seq("list", items.items[at : at + step]) for at in range(0, len(items.items), step)))


def _coalescelist(*lists: Value) -> Value:
    if not lists:
        raise EvaluationError("at least one list is required")
    found = [_seq(one, "list", "tuple") for one in lists if one is not None]
    for one in found:
        if one.items:
            return one
    raise EvaluationError("all lists are empty")


def _compact(items: Seq) -> Value:
    return Seq("list", tuple(item for item in items.items if item not in (None, "")))


def _concat(*lists: Value) -> Value:
    if not lists:
        raise EvaluationError("at least one list is required")
    found = [_seq(one, "list", "tuple") for one in lists]
    items = tuple(item for one in found for item in one.items)
    if len(items) > _MOST:
        raise TooLargeError
    wanted = unified([type_of(item) for item in items])
    if all(one.kind == "list" for one in found) and wanted is not None:
        return sequence("list", items)
    return tuple_of(items)


def _contains(items: Value, value: Value) -> Value:
    wanted = key(value)
    return any(key(item) == wanted for item in _seq(items, "list", "tuple", "set").items)


def _distinct(items: Seq) -> Value:
    found: dict[object, Value] = {}
    for item in items.items:
        found.setdefault(key(item), item)
    return Seq("list", tuple(found.values()))


def _element(items: Value, index: Fraction) -> Value:
    found = _seq(items, "list", "tuple")
    if not found.items:
        raise EvaluationError("the list is empty")
    return found.items[whole(index) % len(found.items)]


def _flatten(items: Value) -> Value:
    return tuple_of(_flattened(_seq(items, "list", "tuple", "set")))


def _flattened(items: Seq) -> Iterator[Value]:
    for item in items.items:
        if isinstance(item, Seq):
            yield from _flattened(item)
        else:
            yield item


def _hasindex(of: Value, place: Value) -> Value:
    if isinstance(of, Obj) and of.kind == "map":
        return isinstance(place, str) and place in of.entries
    found = _seq(of, "list", "tuple")
    return isinstance(place, Fraction) and place.denominator == 1 and 0 <= place < len(found.items)


def _index(of: Value, place: Value) -> Value:
    if isinstance(of, Obj) and of.kind == "map":
        if not isinstance(place, str) or place not in of.entries:
            raise EvaluationError("there is no such element")
        return of.entries[place]
    found = _seq(of, "list", "tuple")
    if not isinstance(place, Fraction) or place.denominator != 1 or not 0 <= place < len(found.items):
        raise EvaluationError("there is no such element")
    return found.items[int(place)]


def _indexof(items: Value, value: Value) -> Value:
    for place, item in enumerate(_seq(items, "list", "tuple").items):
        if same(item, value):
            return Fraction(place)
    raise EvaluationError("there is no such element")


def _keys(of: Value) -> Value:
    found = _obj(of)
    return Seq("list" if found.kind == "map" else "tuple", tuple(name for name, _ in found.sorted()))


def _values(of: Value) -> Value:
    found = _obj(of)
    return Seq("list" if found.kind == "map" else "tuple", tuple(value for _, value in found.sorted()))


def _length(of: Value) -> Value:
    if isinstance(of, Seq):
        return Fraction(len(of.items))
    if isinstance(of, Obj) and of.kind == "map":
        return Fraction(len(of.entries))
    raise EvaluationError(f"a list, a map or a tuple is required, not {type_name(of)}")


def _lookup(of: Value, name: str, default: Value) -> Value:
    found = _obj(of)
    if found.kind == "map":
        wanted = type_of(found)[1]
        return found.entries[name] if name in found.entries else converted(default, wanted)
    return found.entries.get(name, default)


def _merge(*maps: Value) -> Value:
    found = [_obj(one) for one in maps if one is not None]
    entries = {name: value for one in found for name, value in one.entries.items()}
    if found and all(one.kind == "map" for one in found) and len({type_of(one) for one in found if one.entries}) < 2:
        return mapping(entries)
    return object_of(entries)


def _range(*numbers: Fraction) -> Value:
    if not 1 <= len(numbers) <= 3:
        raise EvaluationError("one, two or three numbers are required")
    start, end = (Fraction(0), numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else Fraction(-1 if end < start else 1)
    if not step:
        raise EvaluationError("the step is zero")
    if (end - start) * step < 0:
        raise EvaluationError("the step leads away from the end")
    count = -(-(end - start) // step)
    if count > 1024:
        raise EvaluationError("it would have more than 1,024 numbers")
    return Seq("list", tuple(start + step * place for place in range(count)))


def _reverselist(items: Value) -> Value:
    found = _seq(items, "list", "tuple", "set")
    return Seq("tuple" if found.kind == "tuple" else "list", tuple(reversed(found.items)))


def _slice(items: Value, start: Fraction, end: Fraction) -> Value:
    found = _seq(items, "list", "tuple")
    first, last = whole(start), whole(end)
    if not 0 <= first <= last <= len(found.items):
        raise EvaluationError("these places are not in the list")
    return Seq(found.kind, found.items[first:last])


def _zipmap(names: Seq, values: Value) -> Value:
    found = _seq(values, "list", "tuple")
    if len(names.items) != len(found.items):
        raise EvaluationError("the numbers of keys and of values differ")
    entries = {text(name): value for name, value in zip(names.items, found.items, strict=True)}
    return mapping(entries) if found.kind == "list" else object_of(entries)


def _setproduct(*sets: Value) -> Value:
    if len(sets) < 2:
        raise EvaluationError("at least two sets are required")
    found = [_seq(one, "list", "tuple", "set") for one in sets]
    if prod(len(one.items) for one in found) > _MOST:
        raise TooLargeError
    axes = [sequence("list", one.items).items for one in found]
    kind = "set" if any(one.kind == "set" for one in found) else "list"
    return sequence(kind, [tuple_of(chosen) for chosen in itertools.product(*axes)])


def _on_sets(combine: Callable[[set[object], set[object]], set[object]]) -> Callable[..., Value]:
    """A function that combines sets one after the other, whose elements get one type."""

    def call(*sets: Seq) -> Value:
        wanted = unified([type_of(item) for one in sets for item in one.items])
        if wanted is None:
            raise EvaluationError("the elements of the sets must have the same type")
        items = {key(item): item for one in sets for item in (converted(item, wanted) for item in one.items)}
        keys = [{key(converted(item, wanted)) for item in one.items} for one in sets]
        left: set[object] = set(keys[0])
        for right in keys[1:]:
            left = combine(left, set(right))
        return sequence("set", [item for name, item in items.items() if name in left])

    return call


FUNCTIONS: Mapping[str, Builtin] = {
    "chunklist": on(_chunklist, _ANYTHING, "number"),
    "coalescelist": on(_coalescelist, rest="any", nulls=True),
    "compact": on(_compact, _STRINGS),
    "concat": on(_concat, rest="any"),
    "contains": on(_contains, "any", "any"),
    "distinct": on(_distinct, _ANYTHING),
    "element": on(_element, "any", "number"),
    "flatten": on(_flatten, "any"),
    "hasindex": on(_hasindex, "any", "any"),
    "index": on(_index, "any", "any"),
    "indexof": on(_indexof, "any", "any"),
    "keys": on(_keys, "any"),
    "length": on(_length, "any"),
    "lookup": on(_lookup, "any", "string", "any"),
    "merge": on(_merge, rest="any", nulls=True),
    "range": on(_range, rest="number"),
    "reverselist": on(_reverselist, "any"),
    "sethaselement": on(lambda items, value: key(value) in set(map(key, items.items)), _SET, "any"),
    "setintersection": on(_on_sets(set.intersection), _SET, rest=_SET),
    "setproduct": on(_setproduct, rest="any"),
    "setsubtract": on(_on_sets(set.difference), _SET, _SET),
    "setsymmetricdifference": on(_on_sets(set.symmetric_difference), _SET, rest=_SET),
    "setunion": on(_on_sets(set.union), _SET, rest=_SET),
    "slice": on(_slice, "any", "number", "number"),
    "values": on(_values, "any"),
    "zipmap": on(_zipmap, _STRINGS, "any"),
}

"""Functions of times. What the time is now is not known."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.values import EvaluationError, UnknownValueError, Value, object_of, type_name, whole
from ctxopt.core.lazy_re import lazy_re

_RFC3339 = lazy_re(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII)
_TOKENS = lazy_re(r"''|'(?:[^']|'')*'|'|([A-Za-z])\1*|[^A-Za-z']+", re.DOTALL)
_DURATION = lazy_re(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_SECOND = 10**9
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _parsed(timestamp: str) -> datetime:
    found = _RFC3339.fullmatch(timestamp)
    try:
        if found is None:
            raise ValueError
        minutes = int(found[9]) * 60 + int(found[10]) if found[8] else 0
        zone = timezone(timedelta(minutes=-minutes if found[8] == "-" else minutes)) if minutes else UTC
        year, month, day, hour, minute, second = (int(found[group]) for group in range(1, 7))
        fraction = int(float(found[7] or "0") * 1_000_000)
        return datetime(year, month, day, hour, minute, second, fraction, zone)
    except (ValueError, OverflowError):
        raise EvaluationError(f"{timestamp[:60]} is no timestamp, such as 2026-01-31T12:00:00Z") from None


def _rfc3339(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + (_offset(time, ":") if time.utcoffset() else "Z")


def _offset(time: datetime, separator: str) -> str:
    minutes = int((time.utcoffset() or timedelta()).total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{separator}{abs(minutes) % 60:02}"


def _formatdate(form: str, timestamp: str) -> str:
    time = _parsed(timestamp)
    return "".join(_token(token[0], time) for token in _TOKENS.finditer(form))


def _token(token: str, time: datetime) -> str:
    if token[0] == "'":
        if token == "''":
            return "'"
        if len(token) == 1 or token[-1] != "'":
            raise EvaluationError("a quotation mark is missing in the format")
        return token[1:-1].replace("''", "'")
    if not token[0].isalpha() or not token.isascii():
        return token
    found = _verbs(time).get(token)
    if found is None:
        raise EvaluationError(f"{token[:20]} means nothing in a format of dates")
    return found


def _verbs(time: datetime) -> dict[str, str]:
    month, day, hour = _MONTHS[time.month - 1], _DAYS[time.weekday()], time.hour % 12 or 12
    half = "AM" if time.hour < 12 else "PM"
    plain = _offset(time, "")
    return {
        "YY": f"{time.year % 100:02}",
        "YYYY": f"{time.year:04}",
        "M": str(time.month),
        "MM": f"{time.month:02}",
        "MMM": month[:3],
        "MMMM": month,
        "D": str(time.day),
        "DD": f"{time.day:02}",
        "EEE": day[:3],
        "EEEE": day,
        "h": str(time.hour),
        "hh": f"{time.hour:02}",
        "H": str(hour),
        "HH": f"{hour:02}",
        "AA": half,
        "aa": half.lower(),
        "m": str(time.minute),
        "mm": f"{time.minute:02}",
        "s": str(time.second),
        "ss": f"{time.second:02}",
        "Z": _offset(time, ":") if time.utcoffset() else "Z",
        "ZZZ": "UTC" if plain == "+0000" else plain,
        "ZZZZ": plain,
        "ZZZZZ": _offset(time, ":"),
    }


def _unix(number: Fraction) -> datetime:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=whole(number))
    except OverflowError:
        raise EvaluationError("the time is too far away") from None


def _formattimestamp(form: str, time: Value) -> Value:
    if isinstance(time, str):
        return str(int(_parsed(time).timestamp() // 1)) if form == "X" else _formatdate(form, time)
    if isinstance(time, Fraction) and not isinstance(time, bool):
        return str(whole(time)) if form == "X" else _formatdate(form, _rfc3339(_unix(time)))
    raise EvaluationError(f"a timestamp or a number is required, not {type_name(time)}")


def _timeadd(timestamp: str, duration: str) -> Value:
    time = _parsed(timestamp)
    try:
        return _rfc3339(time + timedelta(microseconds=_nanoseconds(duration) / 1000))
    except OverflowError:
        raise EvaluationError("the time is too far away") from None


def _nanoseconds(duration: str) -> int:
    negative = duration.startswith("-")
    rest = duration[1:] if duration[:1] in ("-", "+") else duration
    total = Fraction(0)
    at = 0
    while at < len(rest):
        found = _DURATION.match(rest, at)
        if found is None or not (found[1] or found[2]) or len(found[0]) > 40:
            break
        total += Fraction(f"{found[1] or 0}.{found[2] or 0}") * _NANOSECONDS[found[3]]
        at = found.end()
    if (at < len(rest) or not rest) and rest != "0":
        raise EvaluationError(f"{duration[:40]} is no duration, such as 1h30m")
    return int(-total if negative else total)


def _unixtimestampparse(number: Fraction) -> Value:
    time = _unix(number)
    iso = time.isocalendar()
    numbers = {
        "year": time.year,
        "year_day": time.timetuple().tm_yday,
        "day": time.day,
        "month": time.month,
        "weekday": time.isoweekday() % 7,
        "hour": time.hour,
        "minute": time.minute,
        "second": time.second,
        "iso_year": iso.year,
        "iso_week": iso.week,
    }
    texts = {"month_name": _MONTHS[time.month - 1], "weekday_name": _DAYS[time.weekday()], "rfc3339": _rfc3339(time)}
    return object_of({**{name: Fraction(value) for name, value in numbers.items()}, **texts})


def _now() -> Value:
    raise UnknownValueError


FUNCTIONS: Mapping[str, Builtin] = {
    "formatdate": on(_formatdate, "string", "string"),
    "formattimestamp": on(_formattimestamp, "string", "any"),
    "timeadd": on(_timeadd, "string", "string"),
    "timestamp": on(_now),
    "unixtimestampparse": on(_unixtimestampparse, "number"),
}

"""How numbers and names of codes are written on the page."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
_THIN = "\N{NARROW NO-BREAK SPACE}"


def whole(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def percent(share: float) -> str:
    """41.2 %."""
    return f"{100 * share:.1f}{_THIN}%"


def hundredths(share: float) -> str:
    """41.2, for a share of 0.412 where the percent sign stands elsewhere."""
    return f"{100 * share:.1f}"


def points(difference: float) -> str:
    """A difference of shares in percentage points with its sign: +13.8."""
    rounded = round(100 * difference, 1)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else "±"
    return f"{sign}{abs(rounded):.1f}"


def significant(number: float, digits: int = 3) -> str:
    """A measured number: 3.14, 0.0012, 2e−5."""
    return f"{number:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("-", MINUS)


def size(num_bytes: int) -> str:
    """1.2 MB, in decimal units."""
    amount = float(num_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.{0 if unit == 'B' else 1}f}{_THIN}{unit}"
        amount /= 1000
    return f"{amount:,.1f}{_THIN}TB"


def words(code: str) -> str:
    """A code of a closed list as words: no_picture is no picture, kept:too_long is kept: too long."""
    return code.replace(":", ": ").replace("_", " ")


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """1 picture, 2 pictures."""
    return f"{whole(number)} {singular if number == 1 else plural or singular + 's'}"

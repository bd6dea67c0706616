"""Any Unicode as plain text: compatibility forms unfolded, the digits of every script 0–9, no control marks."""

from __future__ import annotations

import re
import unicodedata

from izwi.languages.written import JOINED

_RAISED = re.compile(r"(?<=[^mM⁰¹²³⁴-⁹₀-₉\s])[⁰¹²³⁴-⁹₀-₉]+")
_DROPPED = dict.fromkeys(map(ord, "™℠")) | {ord("№"): "No."}
_VULGAR = re.compile(r"(\d)?([¼-¾⅐-⅞])")


def plain(text: str) -> str:
    """Compatibility forms (½, ²⁄, fullwidth, ligatures) unfolded; other scripts' digits to 0–9; control marks gone."""
    text = _RAISED.sub(r" \g<0>", text.translate(_DROPPED))
    text = unicodedata.normalize("NFKC", _VULGAR.sub(_vulgar, text))
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain_character, text))


def _vulgar(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]}" if match[1] else match[2]


def _plain_character(c: str) -> str:
    category = unicodedata.category(c)
    if category == "Nd":
        return str(unicodedata.decimal(c))
    if category in ("Nl", "No"):
        number = unicodedata.numeric(c, -1.0)
        return f" {int(number)} " if number >= 0 and number.is_integer() and number < 10**15 else " "
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return "\n" if c in "\n\r\u2028\u2029" else " "
    return "" if category in ("Cf", "Co", "Cs", "Cn") and c != JOINED else c

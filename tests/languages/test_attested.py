"""Each Shona word that Izwi says by itself stands in a corpus, or shares a root with one that does, or is explained."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from izwi.languages import pack
from tests.languages.shared_data import declaration, frequency_words, needs_data, tagged_sentences

ROOT = Path(__file__).resolve().parents[2]
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_ENDING = re.compile(r"(?:iwo|awo|wo|ai|ei|i|a|e)$")


def said() -> set[str]:
    """The words of the lines, proverbs and idioms, set phrases and the starter folder."""
    sn = pack("sn")
    texts = [line for lines in sn.lines.values() for line in lines]
    texts += [proverb.text for proverb in (*sn.proverbs, *sn.content.idioms)]
    texts += [(ROOT / "knowledge" / name).read_text("utf-8") for name in ("izwi.sn.md", "zimbabwe.sn.md")]
    phrases = tomllib.loads((ROOT / "izwi" / "mt" / "phrases.toml").read_text("utf-8"))["phrases"]
    texts += [phrase for entry in phrases for phrase in entry["sn"]]
    plain = (re.sub(r"\S*\{\w+\}\S*", " ", text) for text in texts)
    return {word.casefold() for text in plain for word in _WORD.findall(text)}


def corpora() -> set[str]:
    words = {word.casefold() for word in frequency_words()}
    words |= {token.casefold() for split in ("train", "dev", "test") for s in tagged_sentences(split) for token, _ in s}
    return words | {word.casefold() for line in declaration("sna") for word in _WORD.findall(line)}


def rooted(word: str, corpus: set[str]) -> bool:
    """Whether some end of `word`, whatever prefixes go before it, stands in the corpora as a word or a verb's root."""
    base = _ENDING.sub("", word)
    for at in range(min(8, len(base) - 2)):
        root = base[at:]
        forms = (word[at:], root + "a", root + "ai", f"ku{root}a", f"{root}o", f"no{root}a", f"ka{root}a")
        if any(form in corpus for form in forms if len(form) > 3):
            return True
    return False


def explained() -> set[str]:
    """The words that docs/languages.md lists, each with its reason."""
    section = (ROOT / "docs" / "languages.md").read_text("utf-8").split("## Words no corpus has")[1]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


@pytest.mark.data
@needs_data
def test_words_no_corpus_has_are_those_that_are_explained() -> None:
    corpus = corpora()
    assert len(corpus) > 45_000
    unknown = {word for word in said() if word not in corpus and not rooted(word, corpus)}
    assert unknown == explained()

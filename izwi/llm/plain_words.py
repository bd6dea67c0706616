"""The plain words a small model reads: lower case, no punctuation, English contractions written out."""

from __future__ import annotations

import re
import unicodedata

_WHOLE = {
    "can't": "cannot",
    "won't": "will not",
    "shan't": "shall not",
    "let's": "let us",
    "y'all": "you all",
    "i'd": "i would",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "have to",
}
_ENDINGS = (("n't", " not"), ("'m", " am"), ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("'d", " would"))
_IS = re.compile(r"^(what|how|who|where|when|why|that|there|here|it|he|she|name|everything|which)'?s$")


def _written_out(word: str) -> str:
    if word in _WHOLE:
        return _WHOLE[word]
    for ending, words in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + words
    if word.endswith("'s") and (match := _IS.match(word)):
        return f"{match[1]} is"
    return word


def plain_words(text: str) -> str:
    """`text` as the micro-Llama was taught to read it; empty when it holds no Latin letter (emoji, other scripts).

    >>> plain_words("What's the TIME, please? 🙂")
    'what is the time please'
    """
    folded = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    words = re.sub(r"[^a-z' ]+", " ", letters).split()
    return " ".join(_written_out(word) for word in words if word.strip("'"))

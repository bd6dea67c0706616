"""Who speaks in the training data, and who never does.

`HELD_OUT` is the one list of espeak-ng voice variants no training utterance uses: score with these (and only these) for
"unseen voices".
"""

import random
from dataclasses import dataclass

HELD_OUT = ("f5", "m7", "m3", "Andrea", "steph2", "Denis", "Hugo", "klatt4")

# Every other speaking variant of espeak-ng 1.51 (robots, whispers and sound effects left out); "" is the plain voice.
TRAINING = (
    "",
    *(f"f{n}" for n in (1, 2, 3, 4)),
    *(f"m{n}" for n in (1, 2, 4, 5, 6, 8)),
    *("klatt", "klatt2", "klatt3", "klatt5", "adam", "Alex", "Alicia", "Andy", "Annie", "antonio", "aunty", "belinda"),
    *("benjamin", "boris", "caleb", "david", "Diogo", "ed", "edward", "edward2", "Gene", "Gene2", "grandma", "grandpa"),
    *(
        "gustave",
        "Henrique",
        "iven",
        "iven2",
        "iven3",
        "iven4",
        "Jacky",
        "john",
        "kaukovalta",
        "Lee",
        "linda",
        "marcelo",
    ),
    *(
        "Marco",
        "mario",
        "max",
        "michael",
        "michel",
        "miguel",
        "mike",
        "Mr serious",
        "norbert",
        "pablo",
        "paul",
        "pedro",
    ),
    *("quincy", "rob", "robert", "sandro", "shelby", "steph", "steph3", "Tweaky", "travis", "victor", "zac", "anika"),
    *("Nguyen", "Storm"),
)
COMMON = ("", "", "f1", "f2", "f3", "f4", "m1", "m2", "m4", "m5", "m6", "m8", "klatt", "klatt2", "grandma", "linda")

# espeak-ng has no Shona: its Swahili and Setswana rules stand in, and "map" is Izwi's own rules on Swahili phonemes.
ACCENTS = {
    "sn": (("sw", 10), ("map", 6), ("tn", 2)),
    "en": (
        ("en-us", 10),
        ("en-gb", 8),
        ("en-gb-x-rp", 3),
        ("en-029", 3),
        ("en-gb-scotland", 2),
        ("en-gb-x-gbclan", 1),
        ("en-gb-x-gbcwmd", 1),
        ("en-us-nyc", 1),
        ("flite", 1),
    ),
}
FLITE = ("slt", "rms", "awb", "kal16")


@dataclass(frozen=True)
class Voice:
    """One way to speak: accent (an espeak-ng language, "map" or "flite"), variant, words a minute, pitch, word gap."""

    accent: str
    variant: str
    rate: int = 175
    pitch: int = 50
    gap: int = 0


def training_voice(language: str, rng: random.Random) -> Voice:
    """A random voice that training may use."""
    accents, weights = zip(*ACCENTS[language], strict=True)
    accent = rng.choices(accents, weights)[0]
    if accent == "flite":
        return Voice(accent, rng.choice(FLITE), rng.randint(130, 200))
    variant = rng.choice(COMMON if rng.random() < 0.3 else TRAINING)
    if rng.random() < 0.3:  # as a stranger would: nothing but the voice given
        return Voice(accent, variant)
    return Voice(accent, variant, rng.randint(120, 215), rng.randint(20, 80), rng.choice((0, 0, 0, 0, 2, 5)))


def held_out_voice(language: str, rng: random.Random) -> Voice:
    """A random voice that training never used, at espeak-ng's own speed and pitch half of the time."""
    accent = (
        rng.choice(("sw", "sw", "map")) if language == "sn" else rng.choice(("en-us", "en-gb", "en-gb-x-rp", "en-029"))
    )
    if rng.random() < 0.5:
        return Voice(accent, rng.choice(HELD_OUT))
    return Voice(accent, rng.choice(HELD_OUT), rng.randint(130, 200), rng.randint(30, 70))

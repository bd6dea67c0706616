"""The books of the Bible by their Shona names, and how Shona says chapter and verse: Johane 3, ndima 16."""

from dataclasses import replace

from izwi.languages.english import bible as english
from izwi.languages.scripture import Scripture
from izwi.languages.shona.numbers import cardinal

# As the translations of 1949, 2002 and 2017 spell them, beside the English names that people use as well.
_NAMES = """
genesi eksodho eksodo revhitiko revitiko numeri dheuteronomio dheuteronomi joshua vatongi rute samueri madzimambo
makoronike ezra nehemia nehemiya esteri jobho jobo pisarema mapisarema zvirevo muparidzi rwasoromoni soromoni isaya
jeremia jeremiya ezekieri dhanieri danieri hosea hosiya joeri amosi obhadhia obhadhiya jona mika nahumi habhakuki
habakuki zefania zefaniya hagai zakaria zekaria zekariya maraki mateu mateo marako mako mariko ruka johane johani
mabasa apostora apositora varoma vakorinde vagaratia vagaratiya vaefeso vafiripi vakorose vatesaronika timoti
timotio tito firemoni vahebheru vaheberu jakobho jakobo petro judha zvakazarurwa
"""
_BOOKS = english.BOOKS | frozenset(_NAMES.split())

BIBLE = Scripture(
    books=_BOOKS,
    nth=("{book} wekutanga", "{book} wechipiri", "{book} wechitatu"),
    verse="{book} {chapter}, ndima {verse}",
    verses="{book} {chapter}, ndima {verse} kusvika {last}",
    say=cardinal,
)

EVERYDAY = replace(english.BIBLE, books=_BOOKS)

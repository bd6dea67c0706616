"""The books of the Bible, and how English says chapter and verse."""

from izwi.languages.english.numbers import cardinal
from izwi.languages.scripture import Scripture

_NAMES = """
genesis exodus leviticus numbers deuteronomy joshua judges ruth samuel kings chronicles ezra nehemiah esther job
psalm psalms proverbs ecclesiastes solomon songs isaiah jeremiah lamentations ezekiel daniel hosea joel amos obadiah
jonah micah nahum habakkuk zephaniah haggai zechariah malachi matthew mark luke john acts apostles romans corinthians
galatians ephesians philippians colossians thessalonians timothy titus philemon hebrews james peter jude revelation
revelations
"""
BOOKS = frozenset(_NAMES.split())

BIBLE = Scripture(
    books=BOOKS,
    nth=("First {book}", "Second {book}", "Third {book}"),
    verse="{book} chapter {chapter}, verse {verse}",
    verses="{book} chapter {chapter}, verses {verse} to {last}",
    say=cardinal,
)

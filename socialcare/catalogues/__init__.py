"""The sentences people see, in each language: found, kept, checked and compiled.

All in Python by Babel, so that no machine needs gettext installed. English stands in
the code; `locale/` holds the program's other languages, and each connector package
(the kit, a platform) keeps its own beside its code.
"""

from socialcare.catalogues.check import faults, untranslated
from socialcare.catalogues.compiled import compile_outdated
from socialcare.catalogues.extract import sentences
from socialcare.catalogues.places import Catalogue, catalogues, languages
from socialcare.catalogues.text import merge

__all__ = [
    "Catalogue",
    "catalogues",
    "compile_outdated",
    "faults",
    "languages",
    "merge",
    "sentences",
    "untranslated",
]

"""`pytest` alone, on a fresh clone, speaks every language."""

from socialcare import catalogues

catalogues.compile_outdated()

"""The sandbox world's story: who writes what, when. The same seed, the same world."""

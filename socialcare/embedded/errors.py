"""What can go wrong with the embedded servers, in the user's words."""


class EmbeddedError(Exception):
    """One clear sentence: what is the matter, and what to do about it."""

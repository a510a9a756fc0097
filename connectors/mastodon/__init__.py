"""Mastodon, and servers that speak its API (Pleroma, Akkoma, GoToSocial) with care."""

"""A JSON column that only this installation can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    _TextField: TypeAlias = models.TextField[Any, Any]
else:  # Django's fields are generic for the type checker only
    _TextField = models.TextField


class EncryptedJSONField(_TextField):
    """JSON, encrypted with the first of `SECRETS_KEYS`, readable with any of them."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> str:
        plain = json.dumps(value, separators=(",", ":")).encode()
        return _box().encrypt(plain).decode()

    def from_db_value(self, value: str | None, *_rest: object) -> Any:
        return None if value is None else json.loads(_box().decrypt(value.encode()))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECRETS_KEYS])

"""Is the text of a protobuf text? Where it is not UTF-8, its fields are bytes."""

from __future__ import annotations

from typing import Any


def all_text(message: Any) -> bool:
    """Is every string in the message, however deep, one of characters?"""
    todo = [message]
    while todo:
        try:
            fields = todo.pop().ListFields()
        except UnicodeError:  # some builds of protobuf raise where others hand out bytes
            return False
        for field, value in fields:
            if field.type == field.TYPE_STRING:
                values = [value] if isinstance(value, str | bytes) else value
                if not all(isinstance(entry, str) for entry in values):
                    return False
            elif field.type == field.TYPE_MESSAGE:
                todo += value if hasattr(value, "__len__") else [value]
    return True

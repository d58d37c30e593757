"""JSON Schemas (draft 2020-12) of claims files, certificates and networks.

The files beside this module are made from the tables of the language by ``python -m
certify.reference.schemas``, and ``certify help --schema NAME`` prints them.
"""

from __future__ import annotations

from importlib.resources import files

NAMES = ("claims", "certificate", "network")


def text(name: str) -> str:
    """The schema of this name, as its file has it."""
    return files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")

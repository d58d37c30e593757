"""Sphinx's settings for these pages; `make docs` builds them into build/docs.

The theme is furo: it reads well without JavaScript, in light and dark, and needs little.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

from pygments.lexers.lisp import CommonLispLexer
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

project = "certify"
version = release = version_of("certify")
copyright = "the certify developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "from_code"]
html_theme = "furo"
html_title = "certify"
html_copy_source = False
smartquotes = False  # quotes are parts of what is written

nitpicky = True  # a link that leads nowhere is an error
# the standard library and numpy are documented elsewhere, and nothing is fetched to build
nitpick_ignore_regex = [
    ("py:.*", r"(collections|fractions|os|pathlib|typing)\..*"),
    # annotations that are text, and name what api.md shows under its full name
    ("py:class", r"(Budget|Claim|Estimate|Fraction|Network|Progress|Rung)"),
    # of the inside, which docstrings name for who reads the code
    (
        "py:.*",
        r"certify\.(estimate\.(run\.estimate|plan\.Progress)|kernel\.data\.given|networks\.nnet.*)",
    ),
]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True


def setup(app: Sphinx) -> None:
    """VNN-LIB is written in the syntax of Lisp."""
    app.add_lexer("vnnlib", CommonLispLexer)

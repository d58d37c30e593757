"""The kernel: does this certificate show this claim?

It promises that what it accepts is true, of the networks and the claim that it is handed, over the
real numbers. It trusts Python, and numpy's integer arrays and python-flint, which
``data/exact.py`` alone imports (``CERTIFY_PURE=1`` leaves these two out, with the same answers). It
imports nothing else, makes no float, and takes no premise from a certificate: a certificate
supplies choices, and every number that a conclusion rests on is computed here from the claim and
the networks.

To be read in this order:

1. ``check.py``: the one entrance, ``check``, and its three answers in ``verdict.py``.
2. ``data/``: rationals and what they may cost, sparse rows, networks, batches of vectors, and the
   strict reading of JSON.
3. ``language/``: what a claim says. ``claim.py`` has the views by which rules see claims;
   ``kinds``, ``functions``, ``sets``, ``distributions`` and ``formula`` have the forms.
4. ``rules/``: one module for each rule, with premises, conclusion and reason in its docstring.
   ``regions``, ``fold`` and ``clauses`` are folders: the rule, and the parts that it stands on.
"""

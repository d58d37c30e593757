"""z3 and cvc5 on SMT-LIB 2 text, each through its own parser. To be run in a child process."""

from __future__ import annotations


def z3_answer(text: str) -> str:
    """What z3 says of the text: sat, unsat or unknown."""
    import z3

    solver = z3.Solver()
    solver.from_string(text)
    return str(solver.check())


def cvc5_answer(text: str) -> str:
    """What cvc5 says of the text: the last line that its commands print."""
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("verbosity", "-1")  # it warns that it reads 2.7 as 2.6
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "text")
    symbols, answer = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        answer = command.invoke(solver, symbols).strip() or answer
    return answer

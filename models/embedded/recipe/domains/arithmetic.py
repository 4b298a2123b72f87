"""Sums and other calculations."""

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Arg, Request, Tool, Value

SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "^"}
OF_TWO = {
    "add": ("add {a} and {b}", "what is {a} plus {b}", "the sum of {a} and {b}", "{a} plus {b}", "add {a} to {b}"),
    "subtract": ("what is {a} minus {b}", "{a} minus {b}"),
    "multiply": ("multiply {a} by {b}", "what is {a} times {b}", "{a} times {b}", "multiply {a} and {b}",
                 "the product of {a} and {b}"),
    "divide": ("divide {a} by {b}", "what is {a} divided by {b}", "{a} divided by {b}"),
    "power": ("{a} to the power of {b}", "raise {a} to the power {b}"),
}  # fmt: skip
WITH_SYMBOL = ("{a} {s} {b}", "what is {a} {s} {b}", "compute {a} {s} {b}")
ROOT = ("square root of {a}", "what is the square root of {a}", "sqrt of {a}", "the square root of {a}")
EXPRESSION = ("calculate {e}", "what is {e}", "compute {e}", "evaluate {e}", "how much is {e}", "solve {e}")
OPERANDS = (("a", "b"), ("a", "b"), ("x", "y"), ("first", "second"), ("left", "right"), ("n1", "n2"))


def draw_operation(draw: Draw) -> Request:
    """An operation on two numbers."""
    operation = draw.pick(list(SYMBOLS))
    symbol = SYMBOLS[operation]
    kind = draw.pick(("number", "integer", "number"))
    first, second = draw.pick(OPERANDS)
    name = draw.pick((operation, operation, f"{operation}_numbers", f"math_{operation}"))
    description = draw.pick((f"{operation} two numbers", f"{operation.capitalize()} {first} and {second}.",
                             f"{first} {symbol} {second}", ""))  # fmt: skip
    tool = Tool(name, description, (Arg(first, kind), Arg(second, kind)), frozenset((operation,)))
    make = draw.integer if kind == "integer" else draw.number
    a, b = make(), make()
    clause = draw.pick((*OF_TWO[operation], *WITH_SYMBOL)).format(a=a, b=b, s=symbol)
    return Request(tool, clause, {first: a, second: b})


def draw_calculation(draw: Draw) -> Request:
    """A square root or a whole expression."""
    if draw.chance(0.5):
        key, value = draw.pick(("value", "x", "number")), draw.number()
        tool = Tool(draw.pick(("sqrt", "square_root")), draw.pick(("Square root of a number.", "")),
                    (Arg(key, "number"),), frozenset(("sqrt",)))  # fmt: skip
        return Request(tool, draw.pick(ROOT).format(a=value), {key: value})
    key, value = draw.pick(("expression", "expr", "formula")), _expression(draw)
    description = draw.pick(("Evaluate an arithmetic expression.", "calculate an expression", ""))
    tool = Tool(draw.pick(("calculate", "calculator", "evaluate", "calc")), description, (Arg(key, "string"),),
                frozenset(SYMBOLS))  # fmt: skip
    return Request(tool, draw.pick(EXPRESSION).format(e=value), {key: value})


def _expression(draw: Draw) -> Value:
    links = (" + ", "*", "-", "/", " * ", "+")
    terms = [str(abs(draw.integer())) + draw.pick(links) for _ in range(draw.number_in(1, 3))]
    return "".join(terms) + str(abs(draw.integer()))

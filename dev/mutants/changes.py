"""Small changes of a program, one at a time, each like a slip of the pen.

Every change is one that a reviewer might overlook: a bound that is off by one, a guard that is
gone, `min` for `max`, a condition that is dropped. What only names things (docstrings, messages of
exceptions, annotations, constants of a module) is left alone, and so are `strict=` of `zip`
and `repr=` of a field.

>>> for change in find_changes("def late(day, due):\\n    return day > due\\n"):
...     print(change.name, '|', change.before, '|', change.after)
late | return day > due | return None
late | day > due | day >= due
late | day > due | day <= due
"""

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

_COMPARE = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}
_CALCULATE = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
}
_CALL = {'min': 'max', 'max': 'min', 'any': 'all', 'all': 'any',
         'bisect_right': 'bisect_left', 'bisect_left': 'bisect_right'}
#: Calls that may be forgotten: what stays is what they are given.
_FORGET = {'sorted': 'list', 'reversed': 'iter', 'round': None, 'round_amount': None,
           '_round': None}
#: What a letter asks for, and what it is worth in the company's currency, are easily confused.
_ATTRIBUTE = {'amount': 'worth', 'worth': 'amount', 'credit': 'credit_worth',
              'credit_worth': 'credit'}


class Change(NamedTuple):
    """A change: where (function and line), the source before and after it, the changed tree."""

    name: str
    line: int
    before: str
    after: str
    tree: ast.Module


def find_changes(source: str) -> Iterator[Change]:
    """Yield every change of a module's source."""
    tree = ast.parse(source)
    for path, name in list(_walk(tree, (), '')):
        node = _get(tree, path)
        for made in _change(node):
            changed = copy.deepcopy(tree)
            _put(changed, path, made)
            ast.fix_missing_locations(changed)
            yield Change(name, node.lineno, _show(node), _show(made), changed)


def _show(node):
    return ' '.join(ast.unparse(node).split('\n', 1)[0].split())


def _walk(node, path, name):
    """Yield the paths of all nodes that may be changed, each with the name it is found in."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        name = f"{name}.{node.name}".lstrip('.')
    for field, value in ast.iter_fields(node):
        if field in ('annotation', 'returns', 'decorator_list', 'exc'):
            continue
        for number, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_docstring(child) or _is_aside(child):
                continue
            if isinstance(node, ast.Module) and not isinstance(
                    child, ast.ClassDef | ast.FunctionDef):
                continue
            step = (*path, (field, number if isinstance(value, list) else None))
            if isinstance(child, ast.expr | ast.stmt):
                yield step, name
            yield from _walk(child, step, name)


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_aside(node):
    return isinstance(node, ast.keyword) and node.arg in ('strict', 'repr')


def _get(node, path):
    for field, number in path:
        node = getattr(node, field) if number is None else getattr(node, field)[number]
    return node


def _put(tree, path, new):
    parent = _get(tree, path[:-1])
    field, number = path[-1]
    if number is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[number] = new


def _change(node):
    """Yield what may stand in the place of a node."""
    for kind, changer in _CHANGERS:
        if isinstance(node, kind):
            yield from changer(node)


def _change_if(node):
    yield _with(node, test=ast.Constant(True))
    yield _with(node, test=ast.Constant(False))


def _change_while(node):
    yield _with(node, test=ast.Constant(False))


def _change_sum(node):
    yield ast.Pass()
    yield from _change_operator(node)


def _change_return(node):
    if not (node.value is None or isinstance(node.value, ast.Constant)):
        yield _with(node, value=ast.Constant(None))


def _leave_out(_node):
    yield ast.Pass()


def _change_assignment(node):
    if not isinstance(node.targets[0], ast.Name | ast.Tuple):
        yield ast.Pass()


def _change_constant(node):
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str):
        yield ast.Constant(value + 'X')


def _change_comparison(node):
    for number, operator in enumerate(node.ops):
        for other in _COMPARE.get(type(operator), ()):
            ops = [*node.ops]
            ops[number] = other()
            yield _with(node, ops=ops)


def _change_condition(node):
    yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
    for number in range(len(node.values)):
        rest = node.values[:number] + node.values[number + 1:]
        yield _with(node, values=rest) if len(rest) > 1 else rest[0]


def _change_operator(node):
    if type(node.op) in _CALCULATE:
        yield _with(node, op=_CALCULATE[type(node.op)]())


def _drop_sign(node):
    yield node.operand


def _take_either(node):
    yield node.body
    yield node.orelse


def _confuse(node):
    if node.attr in _ATTRIBUTE:
        yield _with(node, attr=_ATTRIBUTE[node.attr])


def _change_call(node):
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, 'attr', None)
    if name in _CALL:
        yield _with(node, func=ast.Name(_CALL[name], ast.Load()))
    if name in _FORGET:
        forgotten, kept = _FORGET[name], node.args[-1 if name == 'round_amount' else 0]
        yield kept if forgotten is None else ast.Call(
            ast.Name(forgotten, ast.Load()), [kept], [])
    for number, keyword in enumerate(node.keywords):
        if not _is_aside(keyword):
            yield _with(node, keywords=node.keywords[:number] + node.keywords[number + 1:])


def _change_comprehension(node):
    for number, generator in enumerate(node.generators):
        if generator.ifs:
            generators = [*node.generators]
            generators[number] = _with(generator, ifs=[])
            yield _with(node, generators=generators)


_CHANGERS = (
    (ast.If, _change_if),
    (ast.While, _change_while),
    (ast.AugAssign, _change_sum),
    (ast.Return, _change_return),
    (ast.Expr | ast.Continue | ast.Break, _leave_out),
    (ast.Assign, _change_assignment),
    (ast.Constant, _change_constant),
    (ast.Compare, _change_comparison),
    (ast.BoolOp, _change_condition),
    (ast.BinOp, _change_operator),
    (ast.UnaryOp, _drop_sign),
    (ast.IfExp, _take_either),
    (ast.Attribute, _confuse),
    (ast.Call, _change_call),
    (ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp, _change_comprehension),
)


def _with(node, **values):
    """Return a copy of a node with other values."""
    fields = {name: getattr(node, name, None) for name in node._fields}
    return type(node)(**{**fields, **values}, lineno=getattr(node, 'lineno', 1),
                      col_offset=getattr(node, 'col_offset', 0))

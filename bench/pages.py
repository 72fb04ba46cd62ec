"""What the server does when a page of records is opened in the browser."""

import statistics
from itertools import product

from lxml import etree

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from .meter import Meter

ROWS = 80
#: So many groups a list opens by itself.
GROUPS = 10
TRIES = 5
_NUMBERS = ('float', 'integer', 'monetary')


def measure(env, xmlid, kind='list', domain=None, tries=TRIES):
    """Open a view of an action as the web client does.

    :param xmlid: the action; its default filters and groups are on
    :param kind: list, pivot or graph
    :param domain: what to look at instead, as the dashboard says
    :return: what `sum_up` says of opening it, with {'views', 'found'}: seconds for the views, how
        many records there are
    """
    action = env['ir.actions.act_window']._for_xml_id(xmlid)
    view_id = next((view_id for view_id, name in action['views'] if name == kind), False)
    search_id = action['search_view_id'] and action['search_view_id'][0]
    context = safe_eval(action['context'] or '{}', {'uid': env.uid})
    model = env[action['res_model']].with_context(
        **{name: value for name, value in context.items() if name == 'active_test'})
    with Meter(env.cr) as views:
        loaded = model.get_views(
            [(view_id, kind), (search_id, 'search')],
            {'toolbar': True, 'load_filters': True})['views']
    filtered, groups = _read_search(env, context, loaded['search']['arch'])
    if domain is None:
        own = safe_eval(action['domain'] or '[]', {'uid': env.uid})
        domain = list(Domain(own) & Domain(filtered))
    else:
        groups = []
    arch, done = etree.fromstring(loaded[kind]['arch']), []
    for _ in range(tries):
        env.invalidate_all()
        with Meter(env.cr) as meter:
            found = _READERS[kind](model, arch, domain, groups)
        done.append(meter.figures)
    return sum_up(done) | {'views': views.figures['seconds'], 'found': found}


def sum_up(done):
    """Return the figures of several tries: median and best seconds, the least time on a core."""
    return {
        'rows': round(statistics.median(one['seconds'] for one in done), 3),
        'best': min(one['seconds'] for one in done), 'queries': done[-1]['queries'],
        **{name: min(one[of] for one in done)
           for name, of in (('cpu', 'cpu'), ('database', 'database_cpu'))}}


def _read_list(model, arch, domain, groups):
    """Read what fills a list; return how many records it finds, as far as it counts them."""
    specification = {}
    for node in arch.iterfind('./field'):
        field = model._fields[node.get('name')]
        specification[field.name] = (
            {'fields': {'display_name': {}}} if field.type == 'many2one' else {})
    order = arch.get('default_order') or ''
    if not groups:
        return model.web_search_read(
            domain, specification, limit=ROWS, order=order, count_limit=10_001)['length']
    expand = arch.get('expand') == '1'
    found = model.with_context(read_group_expand=True).web_read_group(
        domain, groups, _get_sums(model, specification), limit=GROUPS if expand else ROWS,
        order=order, auto_unfold=expand, opening_info=[],
        unfold_read_specification=specification, unfold_read_default_limit=ROWS)
    return sum(group['__count'] for group in found['groups'])


def _read_pivot(model, arch, domain, _groups):
    """Read what fills a pivot; return how many cells it has."""
    rows, columns, measures = (_get_parts(model, arch, kind) for kind in ('row', 'col', 'measure'))
    found = model.formatted_read_grouping_sets(
        domain, [[*row, *column] for row, column in product(_cut(rows), _cut(columns))],
        [*measures, '__count'])
    return sum(map(len, found))


def _read_graph(model, arch, domain, _groups):
    """Read what fills a graph; return how many bars or points it has."""
    groups = [_get_group(model, node) for node in arch.iterfind('./field')
              if node.get('type') != 'measure']
    return len(model.formatted_read_group(
        domain, groups, [*_get_parts(model, arch, 'measure'), '__count']))


_READERS = {'list': _read_list, 'pivot': _read_pivot, 'graph': _read_graph}


def _cut(groups):
    """Return all beginnings of a list: the levels of a pivot."""
    return [groups[:length] for length in range(len(groups) + 1)]


def _get_parts(model, arch, kind):
    """Return the rows, columns or measures of a pivot or graph."""
    names = [node for node in arch.iterfind('./field') if node.get('type') == kind]
    if kind != 'measure':
        return [_get_group(model, node) for node in names]
    return [f"{node.get('name')}:{model._fields[node.get('name')].aggregator}" for node in names]


def _get_group(model, node):
    name = node.get('name')
    is_date = model._fields[name].type in ('date', 'datetime')
    return f"{name}:{node.get('interval') or 'month'}" if is_date else name


def _get_sums(model, names):
    """Return the sums of the groups, as `getAggregateSpecifications` of the client does."""
    fields = [field for field in map(model._fields.get, names)
              if field.store and field.aggregator and field.type in _NUMBERS]
    sums = [f'{field.name}:{field.aggregator}' for field in fields]
    for field in fields:
        if field.type == 'monetary':
            sums += [f'{field.get_currency_field(model)}:array_agg_distinct',
                     f'{field.name}:sum_currency']
    return list(dict.fromkeys(sums))


def _read_search(env, context, arch):
    """Return the domain and the groups of the filters that an action turns on.

    Filters that nothing separates widen each other.
    """
    domains, groups, together = [], [], []
    for node in etree.fromstring(arch).iter('filter', 'separator', 'group', 'field'):
        if node.tag != 'filter':
            domains.append(Domain.OR(together) if together else Domain.TRUE)
            together = []
        elif context.get(f"search_default_{node.get('name')}"):
            if node.get('domain'):
                together.append(Domain(safe_eval(node.get('domain'), {'uid': env.uid})))
            group = safe_eval(node.get('context') or '{}', {'uid': env.uid}).get('group_by')
            groups += [group] if group else []
    domains.append(Domain.OR(together) if together else Domain.TRUE)
    return list(Domain.AND(domains)), groups

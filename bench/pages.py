"""What the server does when a list is opened in the browser."""

import statistics

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from .meter import Meter

ROWS = 80
TRIES = 5


def measure(env, xmlid):
    """Open the list of an action as the web client does.

    :param xmlid: the action; its default filters are on
    :return: {'views', 'rows', 'queries'}: seconds for the views and for a page of rows (the median
        of some tries), queries for the rows
    """
    action = env['ir.actions.act_window']._for_xml_id(xmlid)
    model = env[action['res_model']]
    with Meter(env.cr) as views:
        loaded = model.get_views(
            [(False, 'list'), (action['search_view_id'] and action['search_view_id'][0], 'search')],
            {'toolbar': True, 'load_filters': True})['views']
    specification = _get_specification(model, loaded['list']['arch'])
    domain = _get_domain(env, action, loaded['search']['arch'])
    tries = []
    for _ in range(TRIES):
        env.invalidate_all()
        with Meter(env.cr) as meter:
            found = model.web_search_read(
                domain, specification, limit=ROWS, count_limit=10_001)
        tries.append(meter.figures)
    return {
        'views': views.figures['seconds'],
        'rows': round(statistics.median(one['seconds'] for one in tries), 3),
        'queries': tries[-1]['queries'],
        'found': found['length']}


def _get_specification(model, arch):
    """Return what the list asks for: its columns, of related records their names."""
    specification = {}
    for node in etree.fromstring(arch).iterfind('./field'):
        field = model._fields[node.get('name')]
        specification[field.name] = (
            {'fields': {'display_name': {}}} if field.type == 'many2one' else {})
    return specification


def _get_domain(env, action, arch):
    """Return the domain of the action and of the filters that it turns on."""
    values = {'uid': env.uid}
    domain = safe_eval(action['domain'] or '[]', values)
    context = safe_eval(action['context'] or '{}', values)
    for node in etree.fromstring(arch).iterfind('.//filter'):
        if context.get(f"search_default_{node.get('name')}") and node.get('domain'):
            domain += safe_eval(node.get('domain'), values)
    return domain

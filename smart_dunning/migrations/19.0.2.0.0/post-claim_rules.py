from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open
from odoo.tools.convert import xml_import

#: Rules that come with this version; whoever deletes them afterwards does not see them again.
NEW = tuple(f'dunning_claim_rule_{name}' for name in (
    'fr_2013', 'es_2013', 'it_2013', 'nl_2013', 'be_2013', 'lu_2013', 'ie_2013', 'pt_2013',
    'fi_2013', 'pl_2013', 'pl_2020', 'se_2013', 'dk_2013', 'cz_2014', 'hu_2014', 'ro_2013',
    'gb_2013'))
#: References whose rates come with this version.
NEW_RATES = tuple(f'dunning_rate_{name}_' for name in (
    'ecb_half', 'gb', 'se', 'cz', 'dk', 'pl', 'hu', 'ro'))

#: What shipped rules of an earlier version do not know yet; rules are kept as they were edited.
ACKNOWLEDGEMENT = {
    'de_2002': "§ 212 (1) no. 1 BGB", 'de_2014': "§ 212 (1) no. 1 BGB",
    'at_2013': "§ 1497 ABGB", 'ch': "art. 135 no. 1 and art. 137 OR",
}


def migrate(cr, version):
    """Bring new rules, and fill what is new in those that an upgrade leaves alone."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    _bring_new(env, 'rate', lambda name: name.startswith(NEW_RATES))
    _bring_new(env, 'claim_rule', NEW.__contains__)
    for name, law in ACKNOWLEDGEMENT.items():
        rule = env.ref(f'smart_dunning.dunning_claim_rule_{name}', raise_if_not_found=False)
        if rule and not rule.acknowledgement_law:
            rule.acknowledgement_law = law
    # Until now §§ 203 and 204 BGB counted everywhere; they are the law of Germany.
    env['dunning.claim.rule'].with_context(active_test=False).search([
        ('country_id.code', '=', 'DE'),
    ]).write({'talks_suspend': True, 'talks_months': 3, 'court_months': 6})


def _bring_new(env, file_name, is_new):
    with file_open(f'smart_dunning/data/dunning_{file_name}_data.xml', 'rb') as file:
        data = etree.parse(file).getroot()
    for record in data.findall('record'):
        name = record.get('id')
        if not is_new(name) or env.ref(f'smart_dunning.{name}', raise_if_not_found=False):
            data.remove(record)
    xml_import(env, 'smart_dunning', {}, 'init', noupdate=True).parse(data)

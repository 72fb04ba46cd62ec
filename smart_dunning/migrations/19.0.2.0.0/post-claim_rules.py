from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open
from odoo.tools.convert import xml_import

#: Rules that come with this version; whoever deletes them afterwards does not see them again.
NEW = tuple(f'dunning_claim_rule_{country}_2013'
            for country in ('fr', 'pl', 'se', 'dk', 'cz', 'hu', 'ro'))

#: What shipped rules of an earlier version do not know yet; rules are kept as they were edited.
ACKNOWLEDGEMENT = {
    'de_2002': "§ 212 (1) no. 1 BGB", 'de_2014': "§ 212 (1) no. 1 BGB",
    'at_2013': "§ 1497 ABGB", 'ch': "art. 135 no. 1 and art. 137 OR",
}


def migrate(cr, version):
    """Bring new rules, and fill what is new in those that an upgrade leaves alone."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    _bring_new(env)
    for name, law in ACKNOWLEDGEMENT.items():
        rule = env.ref(f'smart_dunning.dunning_claim_rule_{name}', raise_if_not_found=False)
        if rule and not rule.acknowledgement_law:
            rule.acknowledgement_law = law


def _bring_new(env):
    with file_open('smart_dunning/data/dunning_claim_rule_data.xml', 'rb') as file:
        data = etree.parse(file).getroot()
    for record in data.findall('record'):
        name = record.get('id')
        if name not in NEW or env.ref(f'smart_dunning.{name}', raise_if_not_found=False):
            data.remove(record)
    xml_import(env, 'smart_dunning', {}, 'init', noupdate=True).parse(data)

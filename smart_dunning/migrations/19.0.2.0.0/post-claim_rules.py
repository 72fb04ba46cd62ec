from odoo import SUPERUSER_ID, api

#: What shipped rules of an earlier version do not know yet; rules are kept as they were edited.
ACKNOWLEDGEMENT = {
    'de_2002': "§ 212 (1) no. 1 BGB", 'de_2014': "§ 212 (1) no. 1 BGB",
    'at_2013': "§ 1497 ABGB", 'ch': "art. 135 no. 1 and art. 137 OR",
}


def migrate(cr, version):
    """Fill what is new in the rules that an upgrade leaves alone."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, law in ACKNOWLEDGEMENT.items():
        rule = env.ref(f'smart_dunning.dunning_claim_rule_{name}', raise_if_not_found=False)
        if rule and not rule.acknowledgement_law:
            rule.acknowledgement_law = law

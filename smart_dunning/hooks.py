from . import evidence
from .models.paper import engine


def _check_letter_engine(env):
    """Refuse the installation with plain words when the PDF engine cannot be used."""
    engine.check(env)


def _set_default_policy(env):
    """Give every existing company a default policy, so that the first run finds something."""
    policy = env.ref('smart_dunning.dunning_policy_business')
    env['res.company'].search([('dunning_policy_id', '=', False)]).dunning_policy_id = policy


def _set_up(env):
    """Give companies a policy, and find what was known before an earlier uninstallation."""
    _set_default_policy(env)
    env['dunning.level']._remember_shipped()
    # Orders from before keep the terms with which they were confirmed.
    env['sale.order']._fill_dunning_is_cash()
    evidence.restore(env)


def _keep_evidence(env):
    """Keep what customers were sent and what was claimed, before the tables go."""
    evidence.keep(env)

from odoo.exceptions import UserError


def _check_letter_engine(env):
    """Refuse the installation with plain words when the PDF engine cannot start."""
    try:
        import weasyprint  # noqa: F401, PLC0415
    except (ImportError, OSError) as error:
        raise UserError(env._(
            "Smart Dunning writes its letters with WeasyPrint, which cannot be loaded on this "
            "server (%(error)s). Please install it: pip install weasyprint, and Debian's package "
            "libpango-1.0-0 with libpangoft2-1.0-0.", error=error)) from error


def _set_default_policy(env):
    """Give every existing company a default policy, so that the first run finds something."""
    policy = env.ref('smart_dunning.dunning_policy_business')
    env['res.company'].search([('dunning_policy_id', '=', False)]).dunning_policy_id = policy

"""What outlives an uninstallation: the kept letters, and what was claimed.

The addon's tables go when it is uninstalled; journal entries stay, and so do attachments. Before,
the PDFs of letters and agreements move to their customers, and all charges are written into one
file. When the addon is installed again, it finds this file: whatever is booked is linked with its
charge again, and nothing is claimed a second time.
"""

import json

from odoo import SUPERUSER_ID, fields

#: By this name, and by having been made by the system itself, the file is found again.
FILE_NAME = 'smart_dunning-charges.json'

_PLAIN = ('kind', 'amount', 'date', 'date_from', 'date_to', 'is_withdrawn', 'note', 'segments',
          'terms')
_LINKS = ('company_id', 'partner_id', 'currency_id', 'move_line_id', 'move_id')


def keep(env):
    """Move kept documents to the customers, and write down the charges. Before uninstalling."""
    move_documents(env)
    charges = env['dunning.charge'].sudo().with_context(active_test=False).search([], order='id')
    if not charges:
        return
    rows = [{
        **{name: _to_json(charge[name]) for name in _PLAIN},
        **{name: charge[name].id for name in _LINKS},
        'lines': charge.line_ids.ids,
        'waivers': [
            [waiver.kind, waiver.amount, waiver.reason, waiver.user_id.id, _to_json(waiver.date)]
            for waiver in charge.waiver_ids.sorted('id')],
    } for charge in charges]
    _find_file(env).unlink()
    env['ir.attachment'].with_user(SUPERUSER_ID).create({
        'name': FILE_NAME, 'mimetype': 'application/json', 'raw': json.dumps(rows).encode()})


def move_documents(env):
    """Hang the PDFs of letters and agreements on their customers, under their numbers."""
    for model in ('dunning.letter', 'dunning.installment.plan'):
        for record in env[model].sudo().search([('document_id', '!=', False)]):
            env.cr.execute("""
                UPDATE ir_attachment SET res_model = 'res.partner', res_id = %s, res_field = NULL
                 WHERE id = %s
            """, [record.partner_id.id, record.document_id.id])
    env['ir.attachment'].invalidate_model(['res_model', 'res_id', 'res_field'])


def restore(env):
    """Find what was claimed before an earlier uninstallation. After installing.

    :return: the charges
    """
    charges = env['dunning.charge'].sudo()
    file = _find_file(env)
    if not file:
        return charges
    rows = [row for row in json.loads(file[0].raw) if _is_alive(env, row)]
    charges = charges.create([{name: row[name] for name in (*_PLAIN, *_LINKS)} for row in rows])
    for charge, row in zip(charges, rows, strict=True):
        lines = env['account.move.line'].sudo().browse(row['lines']).exists()
        lines.filtered(lambda line, charge=charge: (
            line.partner_id == charge.partner_id
            and line.company_id == charge.company_id)).dunning_charge_id = charge
        env['dunning.waiver'].sudo().create([{
            'charge_id': charge.id, 'company_id': charge.company_id.id, 'kind': kind,
            'amount': amount, 'reason': reason, 'date': date,
            'user_id': env['res.users'].browse(user_id).exists().id or SUPERUSER_ID,
        } for kind, amount, reason, user_id, date in row['waivers']])
    file.unlink()
    return charges


def _find_file(env):
    return env['ir.attachment'].sudo().search([
        ('name', '=', FILE_NAME), ('create_uid', '=', SUPERUSER_ID), ('res_model', '=', False),
        ('res_id', '=', False)], order='id desc')


def _is_alive(env, row):
    """Return whether what a charge cannot be without still exists; forget what else is gone."""
    models = {'company_id': 'res.company', 'partner_id': 'res.partner',
              'currency_id': 'res.currency', 'move_line_id': 'account.move.line',
              'move_id': 'account.move'}
    for name, model in models.items():
        if row[name] and not env[model].sudo().browse(row[name]).exists():
            row[name] = False
    return all(row[name] for name in ('company_id', 'partner_id', 'currency_id'))


def _to_json(value):
    return fields.Date.to_string(value) if hasattr(value, 'isoformat') else value

import base64
import binascii

from odoo import api, models
from odoo.exceptions import UserError

_RESULTS = {'new': 'changed', 'known': 'same', 'error': 'error'}
_MOST_BYTES = 10_000_000


class DunningRemote(models.AbstractModel):
    """Files that come from elsewhere."""

    _inherit = 'dunning.remote'

    @api.model
    def import_checks(self, file, source='insurer', date=False, dry_run=True, company=False,
                      call_key=False):
        """Record credit checks from a CSV or XLSX file: all of its rows, or none.

        :param str file: the file in base64; its first line names the columns, one of them VAT,
            Reference or Number (that of the source)
        :param str source: creditreform, schufa, insurer, own or other
        :param str date: the day of the checks, as text such as 2026-12-31; False for today
        :param bool dry_run: whether only to say what would happen
        :param int | str company: number or name of a company; False for your own
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: dict of `applied` and `rows` (list of dicts of row, customer, result `changed`,
            `same` or `error`, message, new_limit in company currency)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        :raise UserError: when the file cannot be read, or names no customers
        """
        model, company = self._enter(company)
        model._check_choice(source, [code for code, _label in model.env[
            'dunning.credit.check']._fields['source'].selection])
        content = model._get_file(file)
        wizard = model.env['dunning.credit.import'].new({
            'company_id': company.id, 'source': source, 'file': content,
            'date': model._parse_day(date) or company._get_dunning_today()})

        def work():
            rows = wizard._read()
            is_sound = all(line['state'] != 'error' for _values, line in rows)
            if is_sound and not dry_run:
                model.env['dunning.credit.check'].create(
                    [values for values, line in rows if line['state'] == 'new'])
            return {'applied': is_sound and not dry_run, 'rows': [{
                'row': line['row'], 'customer': line['customer'],
                'result': _RESULTS[line['state']], 'message': line['error'],
                'new_limit': line['amount_limit'] or 0.0,
            } for _values, line in rows]}
        if dry_run:
            return work()
        return model._once(call_key, 'import_checks', [source, date, file], work)

    @api.model
    def _get_file(self, file):
        """Return a file as fields keep it.

        :raise UserError: when it is none, or too large
        """
        try:
            content = base64.b64decode(file or '', validate=True)
        except (TypeError, ValueError, binascii.Error):
            content = b''
        if not content or len(content) > _MOST_BYTES:
            raise UserError(self.env._(
                "Please send a file in base64, of at most %(most)s MB.",
                most=_MOST_BYTES // 1_000_000))
        return base64.b64encode(content)

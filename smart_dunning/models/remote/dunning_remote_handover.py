import base64
import hashlib

from odoo import api, models
from odoo.exceptions import MissingError
from odoo.fields import Domain


class DunningRemote(models.AbstractModel):
    """Handovers to collection agencies: packages out, status files in."""

    _inherit = 'dunning.remote'

    @api.model
    def get_handover_package(self, handover, company=False):
        """Return the package of a case: as it was sent, or as it would leave today.

        :param int | str handover: number of the case as text, such as HO/2026/0001, or its id
        :param int | str company: number or name of a company; False for your own
        :return: dict of id, `number`, `customer`, `agency`, `state` (draft, proposed, handed_over,
            closed), `is_sent`, `file_name`, `sha256` and `package` (the ZIP in base64)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or handover
        :raise UserError: when the case has no agency, or its amounts do not add up
        """
        model, company = self._enter(company)
        case = model._find_handover(handover, company)
        _name, content = case._get_package()
        return {
            'id': case.id, 'number': case.name, 'customer': case.partner_id.display_name,
            'agency': case.agency_id.name, 'state': case.state,
            'is_sent': bool(case.sudo().package_id),
            'file_name': case._get_package_name(), 'sha256': hashlib.sha256(content).hexdigest(),
            'package': base64.b64encode(content).decode()}

    @api.model
    def import_handover_status(self, file, agency=False, dry_run=True, company=False,
                               call_key=False):
        """Take over the status file of an agency: all of its lines, or, if one is wrong, none.

        Amounts are cumulative, so that the same file changes nothing a second time.

        :param str file: the file in base64: CSV, or XML of the schema of packages
        :param int | str agency: number or name of the agency whose file it is; False: of all
            agencies
        :param bool dry_run: whether only to say what would happen
        :param int | str company: number or name of a company; False for your own
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: dict of `applied` and `rows` (list of dicts of `row`, `number` of the case,
            `result` changed, same or error, `message`)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or agency
        :raise UserError: when the file cannot be read
        """
        model, company = self._enter(company)
        agency_id = model._find_agency(agency, company).id if agency else None
        content = model._get_file(file)

        def work():
            lines, is_sound = model.env['dunning.handover']._take_status_file(
                content, agency_id, is_trial=dry_run)
            return {'applied': is_sound and not dry_run, 'rows': [{
                'row': line['row'], 'number': line['number'], 'message': line['text'],
                'result': line['code'] if line['code'] in ('changed', 'same') else 'error',
            } for line in lines]}
        if dry_run:
            return work()
        return model._once(call_key, 'import_handover_status', [agency, file], work)

    @api.model
    def _find_handover(self, key, company):
        """Return a case of the company by its number or id.

        :raise MissingError: when there is none
        """
        case = self.env['dunning.handover'].search(
            Domain('company_id', 'child_of', company.ids)
            & Domain('id' if isinstance(key, int) else 'name', '=', key), limit=1)
        if not case:
            raise MissingError(self.env._(
                "%(company)s has no handover %(key)s.", company=company.name, key=key))
        return case

    @api.model
    def _find_agency(self, key, company):
        """Return an agency of the company by its id or exact name.

        :raise MissingError: when there is none, or more than one
        """
        agency = self.env['dunning.agency'].search(
            Domain('company_id', 'child_of', company.ids)
            & (Domain('id', '=', key) if isinstance(key, int) else Domain('name', '=', key)))
        if len(agency) != 1:
            raise MissingError(self.env._(
                "%(company)s has no collection agency “%(key)s”.", company=company.name, key=key))
        return agency

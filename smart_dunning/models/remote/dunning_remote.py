from odoo import api, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain

from ...logic import remote

REMOTE = 'smart_dunning.group_dunning_remote'
CLERK = 'smart_dunning.group_dunning_user'
RELEASER = 'smart_dunning.group_dunning_release'
MANAGER = 'smart_dunning.group_dunning_manager'

#: So many records are told at once; whoever wants more asks for the next page.
MOST_RECORDS = 1000


class DunningRemote(models.AbstractModel):
    """What programs far from the server may ask for: one method, one transaction each.

    1. Every method begins with `_enter`, which checks who asks and for which company;
    2. what changes something goes through `_once`, so that a call repeated after a lost answer
       does nothing twice;
    3. what is returned are lists and dicts of numbers, texts, booleans and days as ISO texts.
       Nothing is None, which XML-RPC cannot carry: what there is not is False.

    A company is named by its number or its name, a customer as `_find_customers` says.
    """

    _name = 'dunning.remote'
    _description = "Remote Client"

    # Who asks -----------------------------------------------------------------------------------

    @api.model
    def _enter(self, company=False, group=CLERK):
        """Return (this model as the caller may work with it, the company).

        Members of the group *Remote client* have no other rights than these methods: what they
        are allowed here is done by the system in their name. Everybody else works with the rights
        of an own account, which must belong to `group`.

        :param company: number or name of a company; False for the caller's own
        :raise AccessError: when the caller may not
        :raise MissingError: when there is no such company for the caller
        """
        user = self.env.user
        is_remote = user.has_group(REMOTE)
        if not is_remote and not user.has_group(group):
            raise AccessError(self.env._(
                "You may not do this from afar: your account is neither in the group “%(remote)s” "
                "nor in “%(group)s”.", remote=self.env.ref(REMOTE).sudo().full_name,
                group=self.env.ref(group).sudo().full_name))
        found = self._find_company(company)
        # Nothing that the caller has put into the context goes on.
        # pylint: disable-next=context-overridden
        model = self.with_context(
            {'lang': self.env.context.get('lang') or user.lang,
             'allowed_company_ids': found.ids})
        return (model.sudo() if is_remote else model), found.with_env(model.env)

    @api.model
    def _find_company(self, company):
        """Return one of the caller's companies, by number or by name."""
        mine = self.env.user.company_ids
        if not company:
            return self.env.company if self.env.company in mine else self.env.user.company_id
        found = mine.filtered(lambda each: each.id == company) if isinstance(company, int) \
            else mine.filtered(lambda each: each.name.casefold() == str(company).casefold())
        if len(found) != 1:
            raise MissingError(self.env._(
                "There is no company “%(company)s” that you may work for. There are: %(names)s",
                company=company, names=", ".join(mine.mapped('name'))))
        return found

    # Whom it is about ---------------------------------------------------------------------------

    @api.model
    def _find_customers(self, keys, company):
        """Return {key: (customer, why not)}, for all keys at once.

        A customer is named by number, VAT number, reference, e-mail address or exact name: the
        first of these by which anybody is found counts, and must fit one customer alone.

        :param keys: numbers or texts
        """
        partners = self.env['res.partner'].with_context(active_test=False)
        numbers = {int(key) for key in keys if remote.is_number(key)}
        texts = {str(key).strip() for key in keys}
        found = {name: {} for name in remote.CUSTOMER_KEYS}
        rows = partners.search(
            Domain.OR([
                Domain('id', 'in', list(numbers)),
                *(Domain(name, 'in', [*texts, *(text.casefold() for text in texts)])
                  for name in remote.CUSTOMER_KEYS[1:])])
            & Domain('company_id', 'in', [False, company.id]), order='active desc, id')
        for partner in rows:
            for name in remote.CUSTOMER_KEYS:
                value = str(partner[name] or '').strip()
                if value:
                    found[name].setdefault(value, []).append(partner.commercial_partner_id.id)
        result = {}
        for key in keys:
            ids = remote.choose_customer(str(key).strip(), found)
            result[key] = (
                (partners.browse(ids[0]), False) if len(ids) == 1
                else (partners, self._say_whom_not(key, len(ids))))
        return result

    @api.model
    def _say_whom_not(self, key, count):
        if not count:
            return self.env._("There is no customer “%(key)s”.", key=key)
        return self.env._(
            "“%(key)s” fits %(count)s customers. Please name one by number.",
            key=key, count=count)

    @api.model
    def _find_customer(self, key, company):
        """Return the one customer that a key names.

        :raise MissingError: when there is none, or more than one
        """
        partner, trouble = self._find_customers([key], company)[key]
        if trouble:
            raise MissingError(trouble)
        return partner

    @api.model
    def _browse(self, model, number, company):
        """Return a record of the company by its number.

        :raise MissingError: when there is none
        """
        record = self.env[model].search([
            ('id', '=', number), ('company_id', 'child_of', company.ids)], limit=1)
        if not record:
            raise MissingError(self.env._(
                "%(company)s has no %(what)s with the number %(number)s.",
                company=company.name, number=number, what=self.env['ir.model']._get(model).name))
        return record

    # What is told -------------------------------------------------------------------------------

    @api.model
    def _get_page(self, limit, offset):
        """Return limit and offset within what one answer carries.

        :raise UserError: when they are no numbers, or negative
        """
        if not remote.is_number(limit) or not remote.is_number(offset) or min(
                int(limit), int(offset)) < 0:
            raise UserError(self.env._("Please name limit and offset as numbers from 0."))
        return min(int(limit) or MOST_RECORDS, MOST_RECORDS), int(offset)

    @api.model
    def _parse_day(self, text):
        """Return the day that a text names, False for none.

        :raise UserError: when it names none
        """
        try:
            return remote.parse_day(text)
        except ValueError:
            raise UserError(self.env._(
                "“%(text)s” is no day. Please write it as 2026-12-31.", text=text)) from None

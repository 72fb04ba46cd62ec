from odoo import SUPERUSER_ID, models
from odoo.tools import SQL

from ...logic.days import shift
from ..policy.addresses import find_addresses

#: Days of the post where no law of the country presumes any.
POSTAL_DAYS = 3


class DunningRun(models.Model):
    """Whom letters go to, who signs them, and until when they ask to be paid."""

    _inherit = 'dunning.run'

    def _get_signers(self, contacts, levels):
        """Return a function (level, contact) -> id of the user who signs, or False."""
        company = self.company_id
        # The superuser, who starts the nightly run, is nobody to sign a letter.
        clerk = company.dunning_user_id or self.user_id.filtered(
            lambda user: user.id != SUPERUSER_ID)
        candidates = {contact['salesperson_id'] for contact in contacts.values()}
        salespeople = {
            user.id for user in self.env['res.users'].browse(candidates - {None})
            if user.active and company in user.company_ids}

        def sign(level, contact):
            if level.signatory == 'user' and level.user_id.active:
                return level.user_id.id
            if level.signatory == 'salesperson' and contact['salesperson_id'] in salespeople:
                return contact['salesperson_id']
            return clerk.id
        return sign

    def _find_deadline(self, level, channel, date, company=None):
        """Return the payment deadline of a letter: a working day, the post's days added on paper.

        :param level: the level of the letter
        :param channel: code of its channel
        :param date: the date of the letter
        :param company: who writes; None: the company of the run
        """
        days, company = level.payment_days, company or self.company_id
        if level._get_channels()[channel].is_on_paper:
            days += self._get_postal_days(date, company)
        return company._get_next_working_day(shift(date, days))

    def _get_postal_days(self, date, company):
        """Return how many days a letter takes to arrive, by the law of the company's country."""
        rules = self.env['dunning.claim.rule']._get_for_company(company)
        rule = rules.filtered(lambda rule: rule.date_from <= date)[:1]
        return rule.postal_days if rule else POSTAL_DAYS

    def _get_contacts(self, partner_ids):
        """Return by commercial partner whom to write to, and by which ways.

        The recipient is the contact that the customer names for reminders, else the oldest active
        invoice contact, else the customer. Mail goes to all addresses of the recipient that are
        not blocked. One query for customers, one for blocks.
        """
        self.env['res.partner'].flush_model([
            'commercial_partner_id', 'type', 'active', 'email', 'street', 'zip', 'city', 'user_id',
            'message_bounce', 'dunning_contact_id', 'name'])
        rows = self.env.execute_query_dict(SQL("""
            SELECT DISTINCT ON (partner.id) partner.id, contact.id AS recipient_id,
                   concat_ws(' · ', partner.name, contact.name) AS names,
                   COALESCE(NULLIF(contact.email, ''), partner.email) AS email,
                   partner.user_id AS salesperson_id,
                   COALESCE(contact.street, '') != '' AND COALESCE(contact.city, '') != ''
                       AS address_ok,
                   CASE WHEN COALESCE(contact.email, '') != '' THEN contact.message_bounce
                        ELSE partner.message_bounce END AS bounces
              FROM res_partner partner
              JOIN res_partner contact ON contact.id = partner.id OR (
                       contact.commercial_partner_id = partner.id AND contact.active
                       AND (contact.type = 'invoice' OR contact.id = partner.dunning_contact_id))
             WHERE partner.id = ANY(%s)
          ORDER BY partner.id, contact.id IS DISTINCT FROM partner.dunning_contact_id,
                   (contact.id = partner.id), contact.id
        """, list(partner_ids)))
        found = {row['id']: find_addresses(row['email']) for row in rows}
        blocked = set(self.env['mail.blacklist'].sudo().search(
            [('email', 'in', list({one for addresses in found.values() for one in addresses}))],
        ).mapped('email'))
        for row in rows:
            usable = [one for one in found[row['id']] if one not in blocked]
            row['email_ok'] = bool(usable) and not row['bounces']
            row['email'] = ", ".join(usable) or row['email']
        return {row['id']: row for row in rows}

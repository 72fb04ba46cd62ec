from odoo import SUPERUSER_ID, models
from odoo.tools import SQL, email_normalize


class DunningRun(models.Model):
    """Whom letters go to, and who signs them."""

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

    def _get_contacts(self, partner_ids):
        """Return by commercial partner whom to write to, and by which ways.

        The recipient is the oldest active invoice contact, else the customer. One query.
        """
        self.env['res.partner'].flush_model([
            'commercial_partner_id', 'type', 'active', 'email', 'street', 'zip', 'city', 'user_id',
            'message_bounce', 'email_normalized'])
        rows = self.env.execute_query_dict(SQL("""
            SELECT DISTINCT ON (partner.id) partner.id, contact.id AS recipient_id,
                   COALESCE(NULLIF(contact.email, ''), partner.email) AS email,
                   partner.user_id AS salesperson_id,
                   COALESCE(contact.street, '') != '' AND COALESCE(contact.city, '') != ''
                       AS address_ok,
                   CASE WHEN COALESCE(contact.email, '') != '' THEN contact.message_bounce
                        ELSE partner.message_bounce END AS bounces
              FROM res_partner partner
              JOIN res_partner contact ON contact.id = partner.id OR (
                       contact.commercial_partner_id = partner.id
                       AND contact.type = 'invoice' AND contact.active)
             WHERE partner.id = ANY(%s)
          ORDER BY partner.id, (contact.id = partner.id), contact.id
        """, list(partner_ids)))
        for row in rows:
            row['address'] = email_normalize(row['email']) if row['email'] else False
        addresses = {row['address'] for row in rows}
        blocked = set(self.env['mail.blacklist'].sudo().search(
            [('email', 'in', list(addresses - {False}))]).mapped('email'))
        for row in rows:
            row['email_ok'] = (
                bool(row['address']) and row['address'] not in blocked and not row['bounces'])
        return {row['id']: row for row in rows}

import logging
from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..policy.addresses import find_addresses

_logger = logging.getLogger(__name__)

#: So many letters are composed in one transaction, which locks them for a second or three. More
#: would share little more.
BUNDLE = 10


class Composed(NamedTuple):
    """A letter ready to go: all that takes time is done, nothing of it is claimed yet."""

    #: What the ledger said, see `_recheck`.
    facts: tuple
    #: The PDF.
    document: bytes
    #: Values of the mail, but for the document.
    mail: dict
    #: The language of the clerk.
    lang: str
    #: What `_get_versions` said when it was committed; None in the same transaction.
    version: tuple | None = None


class DunningLetter(models.Model):
    """Composing: read the ledger again, render letter and mail.

    Letters of a bundle are composed ahead of their sending, since every commit makes Odoo forget
    company, policies, texts and people. Sending composes those anew that were changed meanwhile,
    and those that could not be composed ahead, where the reason comes to light.
    """

    _inherit = 'dunning.letter'

    def _split_into_bundles(self):
        """Return the letters in bundles of one run, in which each customer comes once."""
        bundles, customers = [], set()
        for letter in self:
            customer = letter.company_id, letter.partner_id
            if (not bundles or len(bundles[-1]) == BUNDLE or customer in customers
                    or letter.run_id != self.browse(bundles[-1][0]).run_id):
                bundles.append([])
                customers.clear()
            bundles[-1].append(letter.id)
            customers.add(customer)
        return [self.browse(bundle) for bundle in bundles]

    def _compose_ahead(self, queue):
        """Compose the letters of a bundle and commit; returns {letter id: `Composed`}.

        :param queue: the domain letters have to be in
        """
        try:
            letters = self.filtered_domain(queue).try_lock_for_update(allow_referencing=True)
            composed = letters._compose_each()
            versions = letters._get_versions()
            self.env['ir.cron']._commit_progress()
        except Exception:  # each is composed by itself, and tells what is wrong with it alone
            self.env.cr.rollback()
            _logger.debug("Letters %s are not composed ahead", self.ids, exc_info=True)
            return {}
        return {key: one._replace(version=versions[key]) for key, one in composed.items()}

    def _compose_each(self):
        """Return the `Composed` of those letters that can be composed, by letter id."""
        self._fetch_items()
        letters = self.filtered(lambda letter: letter._get_channel().is_mail)
        readings = letters._read_again() if letters else {}
        composed = {}
        for letter in letters:
            try:
                with self.env.cr.savepoint():
                    one = letter.with_context(
                        tracking_disable=True, lang=letter._get_clerk().lang,
                    )._compose(readings[letter.id])
            except Exception:  # it comes up again when the letter is sent, and is told then
                _logger.debug("Letter %s is not composed ahead", letter.id, exc_info=True)
            else:
                if one:
                    composed[letter.id] = one
        self.browse(composed)._tell_composed()
        return composed

    def _tell_composed(self):
        """Let the responsible people follow, and know which copies are missing."""
        self._follow()
        self._tell_missing_copies()

    def _fetch_items(self):
        """Read what letters say of invoices and items: a few of a hundred columns."""
        lines = self.line_ids.sudo()
        lines.move_id.fetch(['name', 'move_type', 'partner_bank_id'])
        lines.move_line_id.fetch(['dunning_date'])

    def _compose(self, reading=None):
        """Return the `Composed` of a letter, or False when nothing is left to ask for.

        :param reading: what `_read_again` has found in this transaction; None to read now
        """
        self.ensure_one()
        facts = self._recheck(reading)
        if not facts:
            return False
        self._check_email()
        return Composed(
            facts, self._render_documents()[self.id], self._prepare_mail_values(), self.env.lang)

    def _check_email(self):
        if not find_addresses(self.email):
            raise UserError(self.env._("The e-mail address is missing or not valid."))

    def _get_versions(self):
        """Return by letter id what differs as soon as somebody changes the letter or its lines."""
        self.env.flush_all()
        return {letter_id: version for letter_id, *version in self.env.execute_query(SQL("""
            SELECT letter.id, letter.write_date, array_agg(line.write_date ORDER BY line.id)
              FROM dunning_letter letter
         LEFT JOIN dunning_letter_line line ON line.letter_id = letter.id
             WHERE letter.id = ANY(%s)
          GROUP BY letter.id
        """, self.ids))}

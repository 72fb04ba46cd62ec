import hashlib
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from .dunning_letter_compose import BUNDLE

_logger = logging.getLogger(__name__)

#: So many letters that are not laid out yet *Print* lays out itself: some seconds.
AT_ONCE = 25


class DunningLetter(models.Model):
    """Letters for the printer are laid out ahead, in bundles by a cron; *Print* only merges them.

    A layout holds as long as its ground is the same: the day, the ledger, the letter, and the
    people and texts on it (`_get_layout_versions`). What has no layout that holds is laid out anew.
    """

    _inherit = 'dunning.letter'

    draft_document_id = fields.Many2one(
        'ir.attachment', "PDF Laid Out Ahead", readonly=True, copy=False, ondelete='set null')
    draft_version = fields.Char("Ground of the Layout", readonly=True, copy=False)

    @api.model
    def _wake_layout(self):
        """Have letters for the printer laid out soon."""
        cron = self.env.ref('smart_dunning.ir_cron_dunning_layout', raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _cron_lay_out(self):
        """Lay out what waits for the printer and has no layout that holds."""
        progress = self.env['ir.cron']._commit_progress
        waiting = self.search([
            # What is printed lies in an envelope: its figures are those of the paper.
            ('state', '=', 'ready'), ('is_fate_unknown', '=', False),
            ('is_printed_out', '=', False),
            ('channel', 'in', self.env['dunning.level']._find_channels('is_on_paper'))],
            order='run_id, name, id')
        stale = [letters._find_stale_layouts().ids for letters in waiting.grouped(
            'run_id').values()]
        seconds_left = progress(remaining=sum(map(len, stale)))
        for ids in stale:
            for place in range(0, len(ids), BUNDLE):
                if not seconds_left:
                    return                    # the scheduler calls again for the rest
                bundle = self.browse(ids[place:place + BUNDLE])
                try:
                    bundle._lay_out()
                except Exception:  # told when somebody prints the letter
                    self.env.cr.rollback()
                    _logger.debug("Letters %s are not laid out", bundle.ids, exc_info=True)
                seconds_left = progress(len(bundle))

    def _find_stale_layouts(self):
        """Return those letters of one run that have no layout, or one that no longer holds."""
        versions = self._get_layout_versions(self._read_again())
        return self.filtered(lambda letter: not letter._has_layout(versions))

    def _has_layout(self, versions):
        return bool(self.draft_document_id) and self.draft_version == versions[self.id]

    def _lay_out(self):
        """Read the ledger again and keep the PDF of each letter, for the printer."""
        letters = self.exists().filtered(
            lambda letter: letter.state == 'ready' and not letter.is_printed_out
        ).try_lock_for_update(allow_referencing=True)
        if not letters:
            return
        readings, laid_out = letters._read_again(), {}
        for letter in letters:
            try:
                with self.env.cr.savepoint():
                    if letter._recheck(readings[letter.id]):
                        laid_out[letter] = letter._render_documents()[letter.id]
            except Exception:  # told when somebody prints the letter
                _logger.debug("Letter %s is not laid out", letter.id, exc_info=True)
        letters.sudo().draft_document_id.filtered(
            lambda file: file not in letters.sudo().document_id).unlink()
        files = self.env['ir.attachment'].create([
            # Not among the files of the letter before it is printed.
            {**letter._prepare_document_file(content), 'res_field': 'draft_document_id'}
            for letter, content in laid_out.items()])
        self.env.flush_all()
        versions = self.browse(one.id for one in laid_out)._get_layout_versions(readings)
        for letter, file in zip(laid_out, files, strict=True):
            # SQL, since the version has the time at which the letter was written last.
            self.env.cr.execute(SQL(
                "UPDATE dunning_letter SET draft_document_id = %s, draft_version = %s "
                "WHERE id = %s", file.id, versions[letter.id], letter.id))
        self.env['dunning.letter'].invalidate_model(['draft_document_id', 'draft_version'])

    def _keep_layouts(self):
        """Make the layouts of these letters their documents: what is printed now."""
        if not self:
            return
        self.flush_recordset()
        for letter in self:
            # SQL, since a layout holds only until the letter is written.
            self.env.cr.execute(SQL("""
                UPDATE dunning_letter SET document_id = draft_document_id, is_printed_out = TRUE,
                       document_sha256 = %s WHERE id = %s
            """, hashlib.sha256(letter.draft_document_id.raw).hexdigest(), letter.id))
        self.env.cr.execute(SQL("""
            UPDATE ir_attachment SET res_field = NULL
             WHERE id IN (SELECT document_id FROM dunning_letter WHERE id = ANY(%s))
        """, self.ids))
        self.invalidate_recordset(['document_id', 'document_sha256', 'is_printed_out'])
        self.env['ir.attachment'].invalidate_model(['res_field'])

    def _get_layout_versions(self, readings):
        """Return by letter id what differs as soon as the letter would look otherwise.

        :param readings: what `_read_again` has found
        """
        self.env.flush_all()
        rows = self.env.execute_query(SQL("""
            SELECT letter.id, concat_ws('|', letter.write_date, max(line.write_date),
                   level.write_date, company.write_date, home.write_date, customer.write_date,
                   recipient.write_date, person.write_date, max(charge.write_date),
                   max(waiver.id), count(DISTINCT charge.id))
              FROM dunning_letter letter
              JOIN dunning_level level ON level.id = letter.level_id
              JOIN res_company company ON company.id = letter.company_id
              JOIN res_partner home ON home.id = company.partner_id
              JOIN res_partner customer ON customer.id = letter.partner_id
              JOIN res_partner recipient ON recipient.id = letter.recipient_id
         LEFT JOIN res_users users ON users.id = letter.user_id
         LEFT JOIN res_partner person ON person.id = users.partner_id
         LEFT JOIN dunning_letter_line line ON line.letter_id = letter.id
         LEFT JOIN dunning_charge charge ON charge.partner_id = letter.partner_id
         LEFT JOIN dunning_waiver waiver ON waiver.charge_id = charge.id
             WHERE letter.id = ANY(%s)
          GROUP BY letter.id, level.id, company.id, home.id, customer.id, recipient.id, person.id
        """, self.ids))
        return {letter_id: f"{readings[letter_id].date} {_digest(readings[letter_id].facts)} {text}"
                for letter_id, text in rows}


def _digest(facts):
    """Return a short text that is another one for other facts, see `_split_facts`."""
    rows, customers, broken = facts
    text = repr((rows, sorted(customers.items()), sorted(broken)))
    return hashlib.sha256(text.encode()).hexdigest()[:24]

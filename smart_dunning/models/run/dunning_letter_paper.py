import hashlib
import logging
from typing import NamedTuple

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..paper import engine
from .dunning_letter_compose import BUNDLE

_logger = logging.getLogger(__name__)

#: So many letters that are not laid out yet *Print* lays out itself: some seconds.
AT_ONCE = 25


class Grounds(NamedTuple):
    """What the ledger says about letters for the printer, read once for all that follows."""

    readings: dict              # `Reading` by letter id
    stale: models.BaseModel     # the letters that have no layout, or one that no longer holds


class DunningLetter(models.Model):
    """Letters for the printer are laid out ahead, in bundles by a cron; *Print* only merges them.

    A layout holds as long as its ground is the same: the day, the ledger, and whatever else the
    letter prints (`_get_grounds`). What has no layout that holds is laid out anew.
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
        bundles = self._get_layout_bundles()
        seconds_left = progress(remaining=sum(map(len, bundles)))
        for ids in bundles:
            if not seconds_left:
                return                        # the scheduler calls again for the rest
            self.browse(ids)._lay_out_isolated()
            seconds_left = progress(len(ids))
        self.env['dunning.run']._tell_troubles()

    @api.model
    def _get_layout_bundles(self):
        """Return lists of ids of letters that wait for the printer and have no layout that holds.
        """
        try:
            engine.check(self.env)
        except UserError:
            return []                         # told when somebody prints
        waiting = self.search([
            # What is printed lies in an envelope: its figures are those of the paper.
            ('state', '=', 'ready'), ('is_fate_unknown', '=', False),
            ('is_printed_out', '=', False),
            ('channel', 'in', self.env['dunning.level']._find_channels('is_on_paper'))],
            order='run_id, name, id')
        stale = [letters._find_stale().ids for letters in waiting.grouped('run_id').values()]
        return [ids[place:place + BUNDLE] for ids in stale for place in range(0, len(ids), BUNDLE)]

    def _find_stale(self):
        """Return those letters of one run that are to be laid out; none where that is unknown."""
        try:
            return self._read_grounds().stale
        except Exception:  # the other runs must not wait; *Print* shows it to whoever prints
            self.env.cr.rollback()
            _logger.exception("Which letters of %s are to be laid out is unknown", self.run_id.name)
            return self.browse()

    def _lay_out_isolated(self):
        """Lay out a bundle; where that fails, each letter alone, so that the bad one is found.

        A letter that cannot be laid out is `failed`, with the reason: the clerk sees it, mends
        what is wrong and retries, as with letters that cannot be sent.
        """
        try:
            self._lay_out()
            return
        except psycopg2.OperationalError:     # somebody books on them: the next round does it
            self.env.cr.rollback()
            return
        except Exception as error:
            self.env.cr.rollback()
            if len(self) == 1:
                self._set_not_laid_out(error)
                return
        for letter in self:
            self.browse(letter.id)._lay_out_isolated()
            self.env['ir.cron']._commit_progress()

    def _set_not_laid_out(self, error):
        """Keep a letter that cannot be laid out as failed, with a reason a clerk understands."""
        self.ensure_one()
        letter = self.with_context(lang=self._get_clerk().lang)
        if isinstance(error, UserError):
            letter._set_failed(str(error))
            return
        _logger.error("Letter %s cannot be laid out", self.id, exc_info=error)
        letter._set_failed(letter._get_crash_text())

    def _read_grounds(self):
        """Read the ledger once for all these letters, whatever the number of their runs.

        :return: `Grounds`: what was read, and which letters have no layout that holds
        """
        readings, texts = {}, {}
        for letters in self.sudo().grouped('run_id').values():
            of_run = letters._read_again()
            readings.update(of_run)
            texts.update(letters._get_grounds(of_run))
        stale = self.filtered(lambda letter: not (
            letter.sudo().draft_document_id
            and letter.sudo().draft_version == texts[letter.id]))
        return Grounds(readings, stale)

    def _lay_out(self):
        """Read the ledger again and keep the PDF of each letter, for the printer."""
        letters = self.exists().filtered(
            lambda letter: letter.state == 'ready' and not letter.is_printed_out
        ).try_lock_for_update(allow_referencing=True)
        if not letters:
            return
        readings = letters._read_again()
        laid_out = {
            letter: letter._render_documents()[letter.id]
            for letter in letters if letter._recheck(readings[letter.id])}
        letters.sudo().draft_document_id.filtered(
            lambda file: file not in letters.sudo().document_id).unlink()
        files = self._store_files([
            # Not among the files of the letter before it is printed.
            {**letter._prepare_document_file(content), 'res_field': 'draft_document_id'}
            for letter, content in laid_out.items()])
        texts = self.browse(one.id for one in laid_out)._get_grounds(readings)
        for letter, file in zip(laid_out, files, strict=True):
            # SQL, since the ground has the time at which the letter was written last.
            self.env.cr.execute(SQL(
                "UPDATE dunning_letter SET draft_document_id = %s, draft_version = %s "
                "WHERE id = %s", file.id, texts[letter.id], letter.id))
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

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import email_normalize
from odoo.tools.mimetypes import guess_mimetype

from .portal_access import close, find_letter, not_found, render
from .portal_letter import DunningLetterPage

_MOST_TEXT = 2000
_MOST_FILES = 5
_MOST_BYTES = 10 * 1024 * 1024
_FILE_TYPES = {'application/pdf', 'image/png', 'image/jpeg'}


class DunningAnswers(DunningLetterPage):
    """What customers say on the page of a letter: by login, or by a link that expires."""

    @http.route(
        '/my/dunning/letter/<int:letter_id>/<any(promise,dispute,plan,paid,contact,received):kind>',
        type='http', auth='public', website=True, methods=['POST'], sitemap=False)
    def take_answer(self, letter_id, kind, access_token=None, say=None, **values):
        letter = find_letter(letter_id, access_token)
        if not letter or not letter._may_answer(say):
            return not_found()
        try:
            with request.env.cr.savepoint():
                outcome = getattr(self, f'_take_{kind}')(letter, self._get_evidence(values), values)
                request.env.flush_all()
        except UserError as refusal:
            return render('smart_dunning.portal_letter', {
                **self._prepare_letter_values(letter, access_token, say),
                'refusal': str(refusal), 'kind': kind, 'typed': values}, 400)
        if outcome.get('parts'):
            return render('smart_dunning.portal_letter', {
                **self._prepare_letter_values(letter, access_token, say),
                'kind': kind, 'typed': values, **outcome})
        carried = self._get_carried(letter, access_token, say)
        query = '&'.join(f'{name}={value}' for name, value in {
            **carried, 'done': outcome['done']}.items())
        return close(request.redirect(
            outcome.get('url') or f'{letter.access_url}?{query}#dunning_done', code=303))

    # What was typed -----------------------------------------------------------------------------

    def _get_evidence(self, values):
        user = request.env.user
        name = self._get_text(values, 'name', 100)
        if not name:
            raise UserError(request.env._("Please enter your name."))
        return {
            'said_by': name, 'ip_address': request.httprequest.remote_addr,
            'login_id': False if user._is_public() else user.id}

    @staticmethod
    def _get_text(values, name, most=_MOST_TEXT):
        """Return a typed text without what no letter has, cut where nobody reads on."""
        text = values.get(name)
        if not isinstance(text, str):
            return ''
        return ''.join(
            sign for sign in text if sign.isprintable() or sign in '\n\t').strip()[:most]

    def _get_day(self, values, name='date'):
        try:
            day = fields.Date.to_date(self._get_text(values, name, 10))
        except ValueError:
            day = None
        if not day or not 1990 < day.year < 2200:
            raise UserError(request.env._("Please enter a day."))
        return day

    def _get_amount(self, values, name='amount'):
        amount = self._cast_as_float(self._get_text(values, name, 20).replace(',', '.') or None)
        if amount is not None and not 0 < amount < 1e11:
            raise UserError(request.env._("Please enter an amount greater than zero."))
        return amount

    def _get_files(self):
        """Return the files that came along, as (name, content); looked at by what they contain."""
        files = []
        for file in request.httprequest.files.getlist('file'):
            content = file.stream.read(_MOST_BYTES + 1)
            if not file.filename or not content:
                continue
            if (len(content) > _MOST_BYTES or guess_mimetype(content) not in _FILE_TYPES
                    or len(files) == _MOST_FILES):
                raise UserError(request.env._(
                    "Please send up to %(count)s files (PDF, PNG or JPEG) of at most "
                    "%(size)s MB each.", count=_MOST_FILES, size=_MOST_BYTES // 1024 // 1024))
            files.append((self._get_text({'name': file.filename}, 'name', 100), content))
        return files

    # The kinds ----------------------------------------------------------------------------------

    def _take_promise(self, letter, evidence, values):
        answer = letter._answer_promise(
            evidence, self._get_day(values), self._get_text(values, 'note'))
        return {'done': f'promise_{answer.state}'}

    def _take_dispute(self, letter, evidence, values):
        answer = letter._answer_dispute(
            evidence, self._cast_as_int(values.get('move')), self._cast_as_int(
                values.get('reason')), self._get_text(values, 'note'),
            self._get_amount(values), self._get_files())
        return {'done': f'dispute_{answer.state}'}

    def _take_paid(self, letter, evidence, values):
        letter._answer_paid(
            evidence, self._get_day(values), self._get_amount(values) or 0.0,
            self._get_text(values, 'note'), self._get_files())
        return {'done': 'paid'}

    def _take_contact(self, letter, evidence, values):
        letter._answer_contact(
            evidence, self._get_text(values, 'contact', 100),
            email_normalize(self._get_text(values, 'email', 200)),
            self._get_text(values, 'phone', 40))
        return {'done': 'contact'}

    def _take_received(self, letter, evidence, values):
        letter._answer_received(evidence)
        return {'done': 'received'}

    def _take_plan(self, letter, evidence, values):
        """Show the parts first; what is sent then is what was shown."""
        proposal = (
            self._cast_as_int(values.get('count')) or 1, self._get_day(values),
            self._get_amount(values, 'part') or 0.0)
        if not values.get('confirm'):
            return {'parts': letter._preview_plan(*proposal)}
        answer = letter._answer_plan(evidence, *proposal)
        plan = answer.plan_id
        return {'done': 'plan', 'url': (
            f'{plan.access_url}?access_token={plan._portal_ensure_token()}')}

    # A new link ---------------------------------------------------------------------------------

    @http.route('/my/dunning/letter/<int:letter_id>/link', type='http', auth='public',
                website=True, methods=['POST'], sitemap=False)
    def send_link(self, letter_id, access_token=None, **_others):
        """Send a link that lets customers answer, to the address that the letter went to."""
        letter = find_letter(letter_id, access_token)
        if not letter:
            return not_found()
        letter._send_new_link()
        return close(request.redirect(
            f'{letter.access_url}?access_token={access_token}&done=link#dunning_done', code=303))

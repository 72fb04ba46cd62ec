from odoo import http
from odoo.http import request

#: Nothing of these pages is for search engines, other sites or the next user of the browser.
_HEADERS = {
    'X-Robots-Tag': 'noindex, nofollow',
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
}


def close(response):
    """Add the headers of a page that is for one customer alone."""
    response.headers.update(_HEADERS)
    return response


def render(template, values, status=200):
    """Return a page of the portal as a response of its own."""
    response = request.render(template, values)
    response.flatten()
    response.status_code = status
    return close(response)


def not_found():
    """Return the friendly page for links that lead nowhere: wrong, expired or forbidden alike."""
    return render('smart_dunning.portal_not_found', {
        'no_breadcrumbs': True, 'company': request.env.company.sudo(),
        'login': f'/web/login?redirect={request.httprequest.path}'
        if request.env.user._is_public() else False}, 404)


def serve_file(name, content):
    """Return a PDF to be shown in the browser."""
    return close(request.make_response(content, headers=[
        ('Content-Type', 'application/pdf'), ('Content-Length', str(len(content))),
        ('X-Content-Type-Options', 'nosniff'),
        ('Content-Disposition', http.content_disposition(name, 'inline'))]))


def find_letter(letter_id, token):
    """Return the letter for the visitor, in the language they read; an empty one for others."""
    return _find('dunning.letter', letter_id, token)


def find_plan(plan_id, token):
    """Return the plan for the visitor, in the language they read; an empty one for others."""
    return _find('dunning.installment.plan', plan_id, token)


def _find(model, record_id, token):
    record = request.env[model]._find_for_customer(record_id, token)
    if record and request.env.user._is_public():
        request.update_context(lang=record.lang)
        record = record.with_context(lang=record.lang)
    return record

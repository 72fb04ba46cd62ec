"""Files that somebody gets by a click."""


def download(attachment):
    """Return the action that downloads an attachment."""
    return {
        'type': 'ir.actions.act_url', 'target': 'self',
        'url': f"/web/content/{attachment.id}?download=true"}

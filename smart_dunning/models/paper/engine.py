"""Whether the PDF engine can be used. It is not loaded before somebody needs it.

A server without Pango, or with an old WeasyPrint, can load the addon and says what is missing.
"""
import importlib.metadata

from odoo.exceptions import UserError
from odoo.tools import parse_version

#: The first version that has all we use of its public interface: in 68.0, `URLFetcher` refuses
#: every image that a letter carries in itself.
LOWEST = '68.1'


def check(env):
    """Raise UserError, with what to install, where letters cannot be laid out."""
    try:
        version = importlib.metadata.version('weasyprint')
        if parse_version(version) < parse_version(LOWEST):
            raise UserError(env._(
                "Smart Dunning writes its letters with WeasyPrint %(lowest)s or newer; this server "
                "has version %(version)s. Please update it: pip install --upgrade weasyprint.",
                lowest=LOWEST, version=version))
        import weasyprint  # noqa: F401, PLC0415
    except (ImportError, OSError) as error:
        raise UserError(env._(
            "Smart Dunning writes its letters with WeasyPrint, which cannot be loaded on this "
            "server (%(error)s). Please install it: pip install weasyprint, and Debian's package "
            "libpango-1.0-0 with libpangoft2-1.0-0.", error=error)) from error

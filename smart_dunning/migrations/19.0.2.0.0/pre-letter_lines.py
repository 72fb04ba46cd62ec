def migrate(cr, version):
    """The currency of a line is that of its letter: the column goes."""
    cr.execute("ALTER TABLE dunning_letter_line DROP COLUMN IF EXISTS currency_id")

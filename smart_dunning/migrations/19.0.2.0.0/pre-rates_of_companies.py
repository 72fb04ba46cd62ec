def migrate(cr, version):
    """A rate is unique by company, too: the constraint without it goes."""
    cr.execute("ALTER TABLE dunning_rate DROP CONSTRAINT IF EXISTS dunning_rate_date_from_uniq")
